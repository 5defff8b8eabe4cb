// The freezer of cgroup v1, by hand: a folder of a test's own in which the processes of a playground stand still, as an older podlab let
// a learner do it.

import Foundation
import Glibc
import KernelState
import Testing

/// A cgroup of v1's freezer, below podlab's own folder there. What is in it at the end is thawed and ended.
final class Freezer {
    /// Nil where this user or this machine cannot have one.
    static let trouble: String? = {
        guard isRoot else { return "only root may use the freezer of cgroup v1" }
        guard let hierarchy else { return "no freezer of cgroup v1 is mounted here" }
        return access(hierarchy, W_OK) == 0 ? nil : "the freezer of cgroup v1 is mounted read-only here"
    }()

    static let hierarchy: String? = {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return mounts.split(separator: "\n").map { $0.split(separator: " ") }.first { fields in
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, fields[dash + 1] == "cgroup" else {
                return false
            }
            return fields[dash + 3].split(separator: ",").contains("freezer")
        }.map { String($0[4]) }
    }()

    /// `podlab-0` of the freezer; then what the test has made below it.
    private var made: [String] = []
    var path: String { made.last ?? "" }

    /// - Parameter names: folders below each other.
    init(_ names: [String]) throws {
        var folder = try #require(Self.hierarchy)
        for name in ["podlab-0"] + names {
            folder += "/" + name
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw CocoaError(.fileWriteUnknown) }
            made.append(folder)
        }
    }

    deinit {
        for folder in made { write("THAWED", to: folder + "/freezer.state") }
        for folder in made.reversed() {
            _ = eventually {
                for pid in members(of: folder) { kill(pid, SIGKILL) }
                return rmdir(folder) == 0 || errno == ENOENT || errno == EBUSY && folder == made.first
            }
        }
    }

    /// Everything in the pid namespace of a playground, and stands still when this returns.
    func freeze(_ playground: SessionFile.Process) throws {
        let namespace = try #require(
            ProcessState.read(ProcessID(playground.pid), fields: .namespaces)?.namespace(.pid))
        for process in ProcessTable.numbers(within: namespace) {
            write("\(process.rawValue)", to: path + "/cgroup.procs")
        }
        #expect(
            eventually {
                write("FROZEN", to: path + "/freezer.state")
                return (try? String(contentsOfFile: path + "/freezer.state", encoding: .utf8)) == "FROZEN\n"
            })
    }

    private func members(of folder: String) -> [pid_t] {
        ((try? String(contentsOfFile: folder + "/cgroup.procs", encoding: .utf8)) ?? "").split(separator: "\n")
            .compactMap { pid_t($0) }.filter { $0 > 0 }
    }
}

/// One write, as the kernel's files want it.
private func write(_ text: String, to path: String) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = Glibc.write(file, text, text.utf8.count)
    close(file)
}

extension Trait where Self == ConditionTrait {
    static var needsFreezer: Self { .enabled(if: Freezer.trouble == nil, Comment(rawValue: Freezer.trouble ?? "")) }
}

/// The cgroups of one podlab's sessions, wherever they are. Its number counts in this pid namespace; another one's podlab may have it too.
func cgroupsOfSessions(of podlab: pid_t) -> [String] {
    var found: [String] = []
    var namespace = stat()
    stat("/proc/self/ns/pid", &namespace)
    var open = ["/sys/fs/cgroup"]
    while let folder = open.popLast() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            if name.hasPrefix("\(podlab)-"), name.hasSuffix("@\(namespace.st_ino)") {
                found.append(path)
            } else {
                open.append(path)
            }
        }
    }
    return found
}
