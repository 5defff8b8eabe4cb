// The file that `make install` installs needs nothing but itself: no checkout, no folder beside it, nobody's home but the user's.

import Foundation
import Glibc
import TestSupport
import Testing

/// Made once for this test process, with less pressure than `make install` puts on it.
enum OneFile {
    private static let made: (path: String?, trouble: String?) = {
        guard let executable = Executable.path, let folder = try? makeScratchFolder(mode: 0o755) else {
            return (nil, "\(Executable.absent)")
        }
        OneFile.folder = folder
        atexit { if let folder = OneFile.folder { try? FileManager.default.removeItem(atPath: folder) } }
        let script = Executable.checkout + "/rootfs-builder/pack"
        var environment = Home.environment(of: folder)
        environment["PODLAB_PACK_LEVEL"] = "1"
        let build = (executable as NSString).deletingLastPathComponent
        guard let packed = try? run([script, build, folder + "/podlab"], environment: environment) else {
            return (nil, "\(script) cannot be run")
        }
        return packed.code == 0 ? (folder + "/podlab", nil) : (nil, packed.error)
    }()
    nonisolated(unsafe) private static var folder: String?

    static var path: String? { made.path }
    static var trouble: String? { made.trouble }
}

extension Trait where Self == ConditionTrait {
    static var needsOneFile: Self {
        .enabled(if: OneFile.path != nil, Comment(rawValue: OneFile.trouble ?? ""))
    }
}

@Suite struct OneFileTests {
    private func unpacked(_ home: Home) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: home.path + "/data/podlab/unpacked")) ?? []
    }

    /// Of this home alone.
    private func own(_ home: Home) -> [String: String] { ["XDG_DATA_HOME": home.path + "/data"] }

    @Test("it lists the labs of the checkout, and other labs where they are named", .needsOneFile)
    func labs() throws {
        let home = try Home()
        let here = try home.podlab("labs", "--format", "json")
        try home.installOneFile()
        let there = try home.podlab("labs", "--format", "json", environment: own(home))
        #expect(there.code == 0 && there.error == "" && there.bytes == here.bytes, "\(there)")
        #expect(unpacked(home).count == 1)
        let other = home.path + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        // Whoever copies owns the copy.
        let copied = try run(
            ["cp", "-R", Executable.checkout + "/Labs/01-chroot", other], environment: Home.environment(of: home.path))
        #expect(copied.code == 0, "\(copied)")
        let named = try home.podlab("labs", "--labs", other, environment: own(home))
        #expect(named.code == 0 && named.output.split(separator: "\n").count == 1, "\(named)")
        let variable = try home.podlab("labs", environment: own(home).merging(["PODLAB_LABS": other]) { $1 })
        #expect(variable.output == named.output)
    }

    @Test("it builds a root and an image, proves a lab, and runs a pod", .needsOneFile, .needsImages)
    func whole() throws {
        let home = try Home()
        try home.installOneFile()
        for arguments in [
            ["root", "build"], ["image", "build", "busybox"], ["verify", "01", "--truth", "solved-is-green"],
        ] {
            let done = try run(
                [try home.executable()] + arguments, environment: home.environment.merging(own(home)) { $1 })
            #expect(done.code == 0, "\(arguments): \(done)")
        }
        #expect(try home.podlab("root", "status", environment: own(home)).code == 0)
        let pods = try PodHome(home)
        let applied = try pods.pod("apply", "-f", PodHome.fixture("core-k8s"), environment: own(home))
        #expect(applied.code == 0 && applied.output == "pod/core-k8s created\n", "\(applied)")
        #expect(try pods.pod("delete", "core-k8s", "--now", environment: own(home)).code == 0)
        #expect(try home.clean().output == "nothing to remove\n")
    }

    @Test("several that unpack at once all get the whole, and nothing is left beside it", .needsOneFile)
    func together() throws {
        let home = try Home()
        try home.installOneFile()
        let script = """
            export XDG_DATA_HOME=$PWD/data
            for number in 1 2 3 4 5 6; do { "$PODLAB" labs >labs$number 2>&1; echo $? >>labs$number; } & done
            wait
            for number in 2 3 4 5 6; do cmp labs1 labs$number || exit 1; done
            tail -n 1 labs1
            """
        let done = try home.shell([], script)
        #expect(done.code == 0 && done.output == "0\n", "\(done)")
        #expect(unpacked(home).count == 1, "\(unpacked(home))")
        #expect(try home.podlab("labs", environment: own(home)).code == 0)
    }

    @Test("one that is killed while it unpacks leaves nothing that another takes for whole", .needsOneFile)
    func killed() throws {
        let home = try Home()
        try home.installOneFile()
        let script = """
            export XDG_DATA_HOME=$PWD/data
            for pause in 0.001 0.004 0.01 0.02 0.03 0.05; do
                "$PODLAB" labs >/dev/null 2>&1 & sleep $pause; kill -9 $! 2>/dev/null; wait $! 2>/dev/null
                [ ! -e data/podlab/unpacked/*/Labs ] || "$PODLAB" labs >/dev/null || exit 1
            done
            "$PODLAB" labs | wc -l
            """
        let done = try home.shell([], script)
        let labs = try FileManager.default.contentsOfDirectory(atPath: Executable.checkout + "/Labs")
            .filter { $0.first?.isNumber == true }
        #expect(
            done.code == 0 && Int(done.output.trimmingCharacters(in: .whitespacesAndNewlines)) == labs.count, "\(done)")
        #expect(unpacked(home).filter { !$0.hasPrefix(".") }.count == 1, "\(unpacked(home))")
    }

    @Test(
        "a folder that cannot be written, and a full one, are told with what to set, and nothing is left",
        .needsOneFile, .needsUnshare)
    func noRoom() throws {
        let home = try Home()
        try home.installOneFile()
        let script = """
            mkdir read full && mount -t tmpfs -o size=2m tmpfs full && mount -t tmpfs -o ro tmpfs read || exit 99
            XDG_DATA_HOME=$PWD/read "$PODLAB" labs; echo $?
            XDG_DATA_HOME=$PWD/full "$PODLAB" labs; echo $?
            find full/podlab/unpacked -mindepth 1
            """
        let done = try home.shell(["unshare", "--user", "--map-root-user", "--mount"], script)
        #expect(done.output == "2\n2\n", "\(done)")
        #expect(done.error.contains("set XDG_DATA_HOME to a folder that you can write to"), "\(done)")
        #expect(done.error.contains("make room there, or set XDG_DATA_HOME"), "\(done)")
    }

    @Test(
        "another user has files of their own", .needsOneFile, .enabled(if: isRoot, "only root may become another user"))
    func anotherUser() throws {
        let home = try Home()
        try home.installOneFile()
        #expect(try home.podlab("labs", environment: own(home)).code == 0)
        let script = """
            mkdir theirs run-theirs && chown 12345:12345 theirs run-theirs && chmod 700 run-theirs
            export HOME=$PWD/theirs XDG_RUNTIME_DIR=$PWD/run-theirs
            unset XDG_DATA_HOME XDG_STATE_HOME
            setpriv --reuid 12345 --regid 12345 --clear-groups "$PODLAB" labs | wc -l
            stat -c %u theirs/.local/share/podlab/unpacked/*/Labs
            """
        let done = try home.shell([], script)
        #expect(done.code == 0 && done.output.hasSuffix("\n12345\n") && !done.output.hasPrefix("0\n"), "\(done)")
    }

    @Test(
        "without symbols it has its files all the same", .needsOneFile,
        .enabled(if: program("strip") != nil, "needs strip"))
    func stripped() throws {
        let home = try Home()
        try home.installOneFile()
        let strip = try run(["strip", try home.executable()], environment: home.environment)
        #expect(strip.code == 0, "\(strip)")
        #expect(try home.podlab("labs", environment: own(home)).code == 0)
        #expect(unpacked(home).count == 1)
    }
}
