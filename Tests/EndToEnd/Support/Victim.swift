// A podlab that is killed, and what belonged to it: so that a test can count its own leftovers only, whatever runs beside it.

import Foundation
import Glibc
import KernelState

/// The processes and user namespaces below one podlab, as they were when it was killed. Every other namespace of a playground
/// belongs to its user namespace, and lives as long as a process is in it.
final class Victim: Sendable {
    private let home: String
    private let podlab: ProcessIdentity?
    private let processes: Set<ProcessIdentity>
    /// Such as `user:[4026532222]`, with a descriptor of each: as long as that is open, no new one gets its number.
    private let namespaces: [String: Int32]

    private init(
        home: String, podlab: ProcessIdentity?, processes: Set<ProcessIdentity>, namespaces: [String: Int32]
    ) {
        (self.home, self.podlab, self.processes, self.namespaces) = (home, podlab, processes, namespaces)
    }

    deinit { for descriptor in namespaces.values { close(descriptor) } }

    /// Looks at what is below `pid` and kills it at once.
    /// - Parameter home: the path of its home folder, which is in its environment and nobody else's.
    static func kill(_ pid: pid_t, home: String) throws -> Victim {
        let own = linkText("/proc/self/ns/user")
        let table = try ProcessTable.read(fields: [])
        let found = table.descendants(of: ProcessID(pid))
        var namespaces: [String: Int32] = [:]
        for process in found {
            let path = "/proc/\(process.pid)/ns/user"
            guard let name = linkText(path), name != own, namespaces[name] == nil else { continue }
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            // The process may have ended between the two, and another may have its number.
            if linkText("/proc/self/fd/\(descriptor)") == name {
                namespaces[name] = descriptor
            } else {
                close(descriptor)
            }
        }
        let podlab = table[ProcessID(pid)]?.identity
        Glibc.kill(pid, SIGKILL)
        return Victim(home: home, podlab: podlab, processes: Set(found.map(\.identity)), namespaces: namespaces)
    }

    /// What is still there of it.
    func remains() throws -> [String] {
        // Cheap, and mostly the answer while there is one.
        var left = processes.filter { identity in
            ProcessState.read(identity.pid, fields: []).map { $0.identity == identity && !$0.isZombie } ?? false
        }.map { "process \($0)" }
        guard left.isEmpty else { return left }
        let table = try ProcessTable.read(fields: [])
        for process in table.all where !process.isZombie {
            let pid = process.pid.rawValue
            if let name = linkText("/proc/\(pid)/ns/user"), namespaces[name] != nil {
                left.append("process \(pid) \(process.comm) in \(name)")
            } else if process.comm.hasPrefix("podlab"), carriesHome(pid) {
                left.append("process \(pid) \(process.comm)")
            }
        }
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
        left += mounts.filter { $0.contains(home) }.map { "mount \($0)" }
        return left
    }

    /// The cgroups of its sessions, which bear its number and start time. They stay until somebody cleans up.
    func cgroups() -> [String] {
        guard let podlab else { return [] }
        var found: [String] = []
        // Folders are looked at by hand: cgroups come and go while they are listed.
        var open = ["/sys/fs/cgroup"]
        while let folder = open.popLast() {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let path = "\(folder)/\(name)"
                guard isFolder(path) else { continue }
                if name.hasPrefix("\(podlab.pid)-\(podlab.startTime)-") {
                    found.append(path)
                } else {
                    open.append(path)
                }
            }
        }
        return found
    }

    /// Whether the process has the environment of the podlab that was killed: it comes from a fork that has not gone on yet.
    private func carriesHome(_ pid: pid_t) -> Bool {
        guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
        return environment.range(of: Data("HOME=\(home)\0".utf8)) != nil
    }
}

private func linkText(_ path: String) -> String? {
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { text in
        guard let start = text.baseAddress else { return nil }
        let count = readlink(path, start.assumingMemoryBound(to: CChar.self), 256)
        return count < 0 ? nil : String(decoding: text[..<count], as: UTF8.self)
    }
}

private func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

extension Home {
    /// Every file below the folders in which podlab keeps something, by its path from here.
    var files: Set<String> {
        Set(
            ["run", "state", "tmp"].flatMap { folder in
                ((try? FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(folder)")) ?? [])
                    .map { "\(folder)/\($0)" }
            })
    }
}
