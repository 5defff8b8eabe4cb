// The two plans for which this module exists: a playground, and entering it.

import CIsolation
import Glibc
import Isolation
import TestSupport
import Testing

@Suite("a playground", .enabled(if: canSandbox, noSandbox))
struct PlaygroundTests {
    /// A course root that holds the host's programs, bound read-only.
    static func prepare(staging: String, courseRoot: String) -> [Step] {
        let lower = staging + "/lower", root = staging + "/root"
        var steps: [Step] = [
            .unshare(.sandbox),
            .openExecutable(as: "podlab-init"),
            .open(.path(courseRoot), as: "course root"),
            .open("/usr", as: "usr"),
            .mapIDs(.automatic),
            .setPropagation(.private),
            .setCredentials(),
            .mount(.tmpfs(size: 64 << 20, mode: 0o755), on: .path(staging)),
            .makeDirectory(.path(lower)),
            .bind(from: .opened("course root"), to: .path(lower), options: [.readOnly, .noDevices]),
            .makeDirectory(.path(staging + "/upper")),
            .makeDirectory(.path(staging + "/work")),
            .makeDirectory(.path(root)),
            .mount(
                .overlay(lower: [lower], upper: staging + "/upper", work: staging + "/work"), on: .path(root)),
        ]
        func at(_ path: String) -> Place { .inside(root: root, path) }
        for folder in ["/proc", "/sys", "/dev", "/usr", "/tmp", "/run/spare/proc", "/run/spare/sys"] {
            steps.append(.makeDirectory(at(folder), parents: true))
        }
        steps += [
            .bind(from: .opened("usr"), to: at("/usr"), recursive: true, options: .readOnly),
            .makeSymbolicLink(at("/bin"), to: "usr/bin"), .makeSymbolicLink(at("/lib"), to: "usr/lib"),
            .makeSymbolicLink(at("/lib64"), to: "usr/lib64"),
            .mount(.proc, on: at("/proc")),
            .mount(.sysfs, on: at("/sys")),
            .mount(.proc, on: at("/run/spare/proc")),
            .mount(.sysfs, on: at("/run/spare/sys")),
            .mount(.tmpfs(size: 1 << 20, mode: 0o755), on: at("/dev"), options: .noSuid),
        ]
        for device in ["null", "zero", "full", "random", "urandom", "tty"] {
            steps += [
                .makeFile(at("/dev/\(device)")), .bind(from: .path("/dev/\(device)"), to: at("/dev/\(device)")),
            ]
        }
        steps += [
            .makeDirectory(at("/dev/pts")), .mount(.devpts(), on: at("/dev/pts"), options: [.noSuid, .noExecute]),
            .makeSymbolicLink(at("/dev/ptmx"), to: "pts/ptmx"),
            .makeDirectory(at("/dev/mqueue")), .mount(.mqueue, on: at("/dev/mqueue")),
            .makeDirectory(at("/dev/shm")),
            .mount(.tmpfs(size: 16 << 20, mode: 0o1777), on: at("/dev/shm"), options: [.noSuid, .noDevices]),
            .pivotRoot(.path(root)),
            .setHostname("playground"),
            .bringUpLoopback,
            .dieWithParent(),
        ]
        return steps
    }

    static func enter(_ pidfd: Int32, terminal: Int32) -> [Step] {
        [
            .join(.sandbox, of: .process(pidfd: pidfd)),
            .changeDirectory("/"),
            .setCredentials(),
            .enterProcessNamespace,
            .setControllingTerminal(terminal),
            .witnessSignals,
            .dieWithParent(),
        ]
    }

    @Test("starts, shows both sides of its first process, and can be entered")
    func startAndEnter() throws {
        try withScratch { scratch in
            let staging = scratch + "/staging", course = scratch + "/course"
            mkdir(staging, 0o755)
            mkdir(course, 0o755)
            // Without a static executable, init needs the libraries of the test program; a shell stands in for it here.
            let steps = Self.prepare(staging: staging, courseRoot: course)
            var pair: [Int32] = [-1, -1]
            _ = iso_socket_pair(&pair)
            let control = pair[0]
            defer { close(control) }
            let plan = Plan(
                steps + [
                    .duplicate(pair[1], as: 3),
                    .execute(
                        "/bin/sh", arguments: ["sh", "-c", "echo r >&3; read line <&3"], environment: ["PATH=/bin"]),
                ])
            let child = try plan.start(StartOptions(streams: .null))
            defer { child.close() }
            close(pair[1])
            var byte: [UInt8] = [0, 0], none: Int32 = -1
            _ = iso_receive(control, &byte, 1, &none)
            #expect(byte[0] == UInt8(ascii: "r"))
            #expect(status(child.pid, "NSpid").split(separator: "\t") == ["\(child.pid)", "1"])
            let seen = mounts(of: child.pid)
            #expect(seen["/"]?.type == "overlay")
            #expect(seen["/proc"]?.type == "proc")
            #expect(seen["/dev"]?.superOptions.contains("mode=755") == true)
            #expect(seen["/usr"]?.options.contains("ro") == true)

            let root = iso_openat(AT_FDCWD, "/proc/\(child.pid)/root", Int32(ISO_OPEN_PATH), 0)
            let master = iso_openat2(root, "dev/pts/ptmx", UInt64(O_RDWR | O_NOCTTY), 0, 0)
            try #require(master >= 0)
            defer { for fd in [root, master] { close(fd) } }
            #expect(iso_pty_unlock(master) == 0)
            let terminal = iso_pty_peer(master)
            try #require(terminal >= 0)
            let shell = try Plan(
                Self.enter(child.pidfd, terminal: terminal) + [
                    .execute(
                        "/bin/bash", arguments: ["bash", "-c", "tty; id -u; hostname; echo x 2>/dev/null; touch /x"],
                        environment: ["PATH=/bin:/usr/sbin"])
                ]
            ).start(StartOptions(streams: .terminal(terminal)))
            defer { shell.close() }
            close(terminal)
            #expect(status(shell.pid, "NSpid").split(separator: "\t").count == 2)
            #expect(shell.takeListener().map { close($0) } == 0)
            #expect(try shell.wait(for: Deadline.duration) == .exited(0))
            // What was written comes through the terminal piece by piece; when all of it has, the other side is gone (EIO).
            var output: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 4096)
            while true {
                let length = read(master, &piece, piece.count)
                guard length > 0 else { break }
                output += piece[..<length]
            }
            #expect(String(decoding: output, as: UTF8.self) == "/dev/pts/0\r\n0\r\nplayground\r\nx\r\n")
        }
    }
}
