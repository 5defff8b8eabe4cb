// A home folder for one test: podlab's state, data and run-time folders are all below it, and go away with it.

import Foundation
import Glibc
import TestSupport

/// The course root of this test process, built once and shared: playgrounds only read it.
enum CourseData {
    /// For XDG_DATA_HOME; nil when it could not be built.
    static let folder: String? = {
        guard let executable = Executable.path, let folder = makeFolder() else { return nil }
        made = folder
        atexit { if let made = CourseData.made { removeTree(made) } }
        var environment = Home.environment(of: folder)
        environment["XDG_DATA_HOME"] = folder
        let build = try? run([executable, "root", "build"], environment: environment)
        return build?.code == 0 ? folder : nil
    }()

    nonisolated(unsafe) private static var made: String?
}

final class Home {
    let path: String
    private var installed: String?

    init() throws {
        guard let path = makeFolder() else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path + "/run", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { removeTree(path) }

    /// Only what podlab may need: the tests must not depend on who runs them.
    static func environment(of path: String) -> [String: String] {
        var environment = [
            "HOME": path, "XDG_STATE_HOME": path + "/state", "XDG_RUNTIME_DIR": path + "/run", "LANG": "C.UTF-8",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        for name in ["USER", "LOGNAME"] { environment[name] = ProcessInfo.processInfo.environment[name] }
        return environment
    }

    var environment: [String: String] {
        var environment = Self.environment(of: path)
        environment["XDG_DATA_HOME"] = CourseData.folder ?? path + "/data"
        return environment
    }

    /// Where sessions have their folders.
    var sessions: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path + "/run/podlab/sessions")) ?? []
    }

    var progressFile: String { path + "/state/podlab/progress.json" }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = name.hasPrefix("/") ? name : path + "/" + name
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Runs podlab to its end.
    func podlab(
        _ arguments: String..., input: String = "", environment extra: [String: String] = [:],
        seconds: Double = Deadline.seconds
    ) throws -> Finished {
        try run(
            [try executable()] + arguments, input: input, environment: environment.merging(extra) { _, new in new },
            seconds: seconds)
    }

    /// `podlab clean`, and what it says of this home. Cgroups are the machine's: those of other tests' dead sessions go too.
    func clean() throws -> Finished {
        var finished = try podlab("clean")
        let lines = finished.output.split(separator: "\n").filter { !$0.hasPrefix("removed the control groups of ") }
        finished.bytes = Array((lines.isEmpty ? "nothing to remove\n" : lines.map { $0 + "\n" }.joined()).utf8)
        return finished
    }

    /// Runs a shell script in which `$PODLAB` is podlab: for tests that must first change the surroundings.
    func shell(
        _ prefix: [String], _ script: String, input: String = "", environment extra: [String: String] = [:],
        seconds: Double = Deadline.seconds
    ) throws -> Finished {
        var environment = environment.merging(extra) { _, new in new }
        environment["PODLAB"] = try executable()
        return try run(
            prefix + ["sh", "-c", script], input: input, environment: environment, directory: path, seconds: seconds)
    }

    /// The tutorial shell, on lines from standard input.
    func tutorial(
        _ lines: String..., environment extra: [String: String] = [:], seconds: Double = Deadline.seconds
    ) throws -> Finished {
        try run(
            [try executable()], input: lines.joined(separator: "\n") + "\n",
            environment: environment.merging(extra) { _, new in new }, seconds: seconds)
    }

    /// Starts podlab with a pipe as its standard input that stays open.
    func start(_ arguments: String...) throws -> Running {
        try Running([try executable()] + arguments, environment: environment)
    }

    func executable() throws -> String {
        if let installed { return installed }
        guard let path = Executable.path else { throw CocoaError(.executableNotLoadable) }
        return path
    }

    /// Copies the file that `make install` installs to this home, and uses that from now on.
    func installOneFile() throws {
        guard let packed = OneFile.path else { throw TookTooLong(description: OneFile.trouble ?? "") }
        let file = path + "/podlab"
        // A program that is open for writing cannot be executed, and every child that another test starts meanwhile has what is open here.
        let copied = try run(["cp", packed, file], environment: ["PATH": "/usr/bin:/bin"])
        guard copied.code == 0 else { throw TookTooLong(description: copied.error) }
        installed = file
    }

    /// Copies podlab and what it needs for pods to this home, as a distribution may lay them out, and uses that from now on.
    /// - Returns: the folder of what nodes get.
    func install() throws -> String {
        let beside = (try executable() as NSString).deletingLastPathComponent
        let (programs, node) = (path + "/prefix/bin", path + "/prefix/lib/podlab/node")
        for folder in [programs, (node as NSString).deletingLastPathComponent] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        // Whoever copies owns the copy.
        for (from, to) in [(beside + "/podlab", programs), (beside + "/node", node)] {
            let copied = try run(["cp", "-R", from, to], environment: environment)
            guard copied.code == 0 else { throw TookTooLong(description: copied.error) }
        }
        installed = programs + "/podlab"
        return node
    }
}

/// A new folder that others may enter, because the playground's users are others.
private func makeFolder() -> String? { try? makeScratchFolder(mode: 0o755) }

/// Removes a folder; what belongs to the subordinate users of an ordinary user is removed as their root.
private func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
    guard access(path, F_OK) == 0 else { return }
    for prefix in [
        [], ["unshare", "--user", "--map-root-user"], ["unshare", "--user", "--map-auto", "--map-root-user"],
    ] {
        _ = try? run(prefix + ["rm", "-rf", path], environment: Home.environment(of: "/"))
        if access(path, F_OK) != 0 { return }
    }
}
