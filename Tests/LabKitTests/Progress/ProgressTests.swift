// Progress: it survives, it is never lost silently, and the learner can go on without it.

import Foundation
import Isolation
import Linux
import SystemPackage
import TestSupport
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite("Progress")
struct ProgressTests {
    private func text(_ path: FilePath) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path.string)), as: UTF8.self)
    }

    private func names(_ folder: FilePath) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
    }

    private func sample(_ progress: inout CourseProgress) {
        progress.currentLab = "01-chroot"
        var lab = LabProgress(seed: "s", currentStep: "enter")
        lab.finishedSteps["pack"] = Date(timeIntervalSince1970: 1_700_000_000)
        lab.hintsShown["enter"] = [2, 0]
        lab.attempts["enter"] = 3
        lab.answers["where"] = "8:1"
        progress.labs["01-chroot"] = lab
    }

    @Test("what was saved is read back, from folders that were not there, closed to others")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let store = ProgressStore(folder: folder.appending("state/podlab"))
            #expect(try store.load() == ProgressStore.Loaded(progress: CourseProgress(), notice: nil))
            let saved = try store.update(sample)
            #expect(try store.load() == saved)
            #expect(try store.load().progress.labs["01-chroot"]?.hintsShown["enter"] == [0, 2])
            #expect(try names(store.folder) == ["progress.json", "progress.lock"])
            #expect(try text(store.file).contains("\"2023-11-14T22:13:20Z\""))
            let mode = try FileManager.default.attributesOfItem(atPath: store.file.string)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test(
        "a broken file is moved aside with a notice, under a free name",
        arguments: ["", "{", "{\"schema\":\"podlab.progress/v1\",\"labs\":[]}", "[1]", "{\"schema\":\"other\"}"])
    func broken(content: String) throws {
        try withTemporaryFolder { folder in
            let store = ProgressStore(folder: folder)
            try write("old", to: folder.appending("progress.json.broken"))
            try write(content, to: store.file)
            let loaded = try store.load()
            #expect(loaded.progress == CourseProgress())
            #expect(loaded.notice?.contains("progress.json.broken-2") == true)
            #expect(try text(folder.appending("progress.json.broken-2")) == content)
            #expect(try text(folder.appending("progress.json.broken")) == "old")
            #expect(try store.load().notice == nil)
        }
    }

    @Test("a file of a later version is refused and stays as it is")
    func future() throws {
        try withTemporaryFolder { folder in
            let store = ProgressStore(folder: folder)
            let content = "{\"schema\":\"podlab.progress/v2\",\"new\":1}"
            try write(content, to: store.file)
            let expected = ProgressError.otherVersion("podlab.progress/v2", store.file)
            #expect(throws: expected) { try store.load() }
            #expect(throws: expected) { try store.update(sample) }
            #expect(try text(store.file) == content)
        }
    }

    @Test("on a full disk the old file stays, nothing is left over, and the error says so")
    func full() throws {
        try withTemporaryFolder { folder in
            var store = ProgressStore(folder: folder)
            try store.update(sample)
            let before = try text(store.file)
            store.writer = { _, bytes in
                let device = try FileDescriptor.open("/dev/full", .writeOnly)
                _ = try device.closeAfter { try device.writeAll(bytes) }
            }
            let error = #expect(throws: ProgressError.self) { try store.update { $0.currentLab = "02" } }
            guard case .notSaved(let failure) = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            #expect(failure.errno == .noSpace)
            #expect(error?.description.contains("Make room there") == true)
            #expect(try text(store.file) == before)
            #expect(try names(folder) == ["progress.json", "progress.lock"])
        }
    }

    @Test(
        "a folder that cannot be written to is a clear error", .enabled(if: geteuid() != 0, "root may write anywhere"))
    func readOnly() throws {
        try withTemporaryFolder { folder in
            let closed = folder.appending("closed")
            try FileManager.default.createDirectory(
                atPath: closed.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
            for path in [closed, closed.appending("podlab")] {
                let error = #expect(throws: ProgressError.self) { try ProgressStore(folder: path).update(sample) }
                #expect(error?.description.contains("Set XDG_STATE_HOME") == true, "\(String(describing: error))")
            }
            #expect(try ProgressStore(folder: closed).load().progress == CourseProgress())
        }
    }

    @Test("what a podlab left that was killed while it wrote is removed, and the file before it counts")
    func halfWritten() throws {
        try withTemporaryFolder { folder in
            let store = ProgressStore(folder: folder)
            let saved = try store.update(sample)
            #expect(try store.removeLeftover() == nil)
            let half = folder.appending(".progress.json.new")
            try write("{\"schema\":\"podlab.pro", to: half)
            #expect(try store.removeLeftover() == half)
            try write("{\"schema\":\"podlab.pro", to: half)
            #expect(try store.load() == saved)
            #expect(try names(folder) == ["progress.json", "progress.lock"])
            try write("{\"schema\":\"podlab.pro", to: half)
            #expect(try store.update { $0.currentLab = "03-unshare" }.progress.labs == saved.progress.labs)
            #expect(try names(folder) == ["progress.json", "progress.lock"])
            #expect(try store.load().progress.currentLab == "03-unshare")
        }
    }

    @Test("a half-written file that somebody is writing just now is left to him")
    func beingWritten() throws {
        try withTemporaryFolder { folder in
            var store = ProgressStore(folder: folder)
            try store.update(sample)
            let another = store
            store.writer = { file, bytes in
                // Whoever holds the lock is writing.
                var impatient = another
                impatient.patience = .milliseconds(20)
                #expect(throws: ProgressError.busy(folder.appending("progress.lock"))) {
                    try impatient.removeLeftover()
                }
                #expect(try impatient.load().progress.currentLab == "01-chroot")
                try AtomicFile.writeAll(file, bytes)
            }
            try store.update { $0.currentLab = "02-bind-mounts" }
            #expect(try store.load().progress.currentLab == "02-bind-mounts")
        }
    }

    @Test(
        "a clock that jumps loses no progress: neither times nor the order of files decide anything",
        arguments: [-1_500_000_000.0, -86_400, 86_400, 1_500_000_000])
    func clock(jump: Double) throws {
        try withTemporaryFolder { folder in
            let store = ProgressStore(folder: folder)
            try store.update(sample)
            // Every file from another time, and a step that was finished then.
            let moment = Date(timeIntervalSinceNow: jump)
            for name in try names(folder) {
                try FileManager.default.setAttributes(
                    [.modificationDate: moment], ofItemAtPath: folder.appending(name).string)
            }
            try store.update { $0.labs["01-chroot"]?.finishedSteps["where"] = moment }
            let progress = try store.update { $0.labs["01-chroot"]?.finishedSteps["enter"] = Date() }.progress
            #expect(Set(progress.labs["01-chroot"]?.finishedSteps.keys ?? [:].keys) == ["pack", "where", "enter"])
            #expect(Set(try store.load().progress.labs["01-chroot"]?.finishedSteps.keys ?? [:].keys).count == 3)
        }
    }

    @Test("where a file stands in place of the folder, that is a clear error")
    func notAFolder() throws {
        try withTemporaryFolder { folder in
            try write("", to: folder.appending("file"))
            let error = #expect(throws: ProgressError.self) {
                try ProgressStore(folder: folder.appending("file/podlab")).update(sample)
            }
            #expect(error?.description.hasPrefix("progress is not saved: cannot make the folder") == true)
        }
    }

    @Test("two writers at once lose nothing")
    func concurrent() async throws {
        let folder = FilePath(NSTemporaryDirectory()).appending("podlab-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        var store = ProgressStore(folder: folder)
        store.patience = .seconds(60)
        let shared = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for turn in 0..<10 {
                        try shared.update { $0.labs["\(writer)-\(turn)"] = LabProgress(seed: "s") }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try shared.load().progress.labs.count == 40)
    }

    @Test("a lock that another holds too long is an error, not a wait without end")
    func busy() throws {
        try withTemporaryFolder { folder in
            var store = ProgressStore(folder: folder)
            store.patience = .milliseconds(30)
            try store.update(sample)
            // A program that a test beside this one starts would hold the lock as well.
            let other = try FileDescriptor.open(
                folder.appending("progress.lock"), .readWrite, options: .closeOnExec)
            try other.closeAfter {
                #expect(flock(other.rawValue, LOCK_EX) == 0)
                #expect(throws: ProgressError.busy(folder.appending("progress.lock"))) { try store.update(sample) }
            }
            store.patience = Deadline.duration
            try store.update(sample)
        }
    }
}

@Suite("XDG folders")
struct XDGFoldersTests {
    @Test("variables where they are absolute, else folders below HOME")
    func places() throws {
        let plain = try XDGFolders(environment: ["HOME": "/home/ada", "XDG_STATE_HOME": "relative"])
        #expect(plain.state == "/home/ada/.local/state/podlab")
        #expect(plain.data == "/home/ada/.local/share/podlab")
        let set = try XDGFolders(environment: ["XDG_STATE_HOME": "/s", "XDG_DATA_HOME": "/d"])
        #expect(set.state == "/s/podlab" && set.data == "/d/podlab")
        #expect(throws: XDGError.noHome) { try XDGFolders(environment: ["XDG_STATE_HOME": "/s"]) }
    }

    @Test("the run-time folder is made private; without XDG_RUNTIME_DIR below /tmp")
    func runtime() throws {
        try withTemporaryFolder { folder in
            let set = try XDGFolders(environment: ["HOME": "/h", "XDG_RUNTIME_DIR": folder.string])
            #expect(try set.makeRuntime() == folder.appending("podlab"))
            let unset = try XDGFolders(environment: ["HOME": "/h"], temporary: folder)
            let path = try unset.makeRuntime()
            #expect(path == folder.appending("podlab-\(geteuid())"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.string)
            #expect(try unset.makeRuntime() == path)
            let mode = try FileManager.default.attributesOfItem(atPath: path.string)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test("in a user namespace the run-time folder is named for who the user is outside")
    func nested() throws {
        try withTemporaryFolder { folder in
            let own = geteuid()
            let nesting = UserNesting(inode: 77, users: [IDRange(inside: own, outside: 4321, count: 1)])
            let folders = try XDGFolders(environment: ["HOME": "/h"], temporary: folder, nesting: nesting)
            #expect(try folders.makeRuntime() == folder.appending("podlab-4321"))
            // Somebody else has that name: another namespace's root, say.
            try FileManager.default.removeItem(atPath: folder.appending("podlab-4321").string)
            try Data().write(to: URL(fileURLWithPath: folder.appending("podlab-4321").string))
            #expect(try folders.makeRuntime() == folder.appending("podlab-\(own)-userns-77"))
            #expect(nesting.outside(own + 1) == nil)
        }
    }

    @Test("a link or a file in place of the run-time folder is refused")
    func foreign() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("podlab-\(geteuid())")
            try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: "/tmp")
            let folders = try XDGFolders(environment: ["HOME": "/h"], temporary: folder)
            #expect(throws: XDGError.foreign(path)) { try folders.makeRuntime() }
            let other = try XDGFolders(environment: ["HOME": "/h"], user: geteuid() + 1, temporary: folder)
            try FileManager.default.createDirectory(
                atPath: folder.appending("podlab-\(geteuid() + 1)").string, withIntermediateDirectories: false)
            #expect(throws: XDGError.foreign(folder.appending("podlab-\(geteuid() + 1)"))) { try other.makeRuntime() }
        }
    }
}
