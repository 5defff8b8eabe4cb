// What a parent, a machine or a disk may have in store for podlab that no lab has anything to do with.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct SurroundingsTests {
    // MARK: What the parent leaves

    @Test(
        "signals that the parent ignores or blocks do not change what podlab does", .needsPlayground,
        arguments: [["--ignore-signal=CHLD"], ["--ignore-signal=CHLD,PIPE,WINCH,ALRM,USR1,CONT"], ["--block-signal"]])
    func signals(options: [String]) throws {
        let home = try Home()
        let command = ["env"] + options + [try home.executable(), "run", "--"]
        let done = try run(command + ["sh", "-c", "echo in; exit 3"], environment: home.environment)
        #expect(done.code == 3 && done.output == "in\n", "\(done)")
        let running = try Running(command + ["sh", "-c", "echo in; exec sleep 1000"], environment: home.environment)
        try running.expect("in\n")
        running.send(SIGTERM)
        #expect(try running.wait().code == 128 + SIGTERM)
        #expect(home.sessions.isEmpty)
    }

    @Test("what nohup ignores stays ignored", .needsPlayground)
    func nohup() throws {
        let home = try Home()
        let running = try Running(
            [
                "env", "--ignore-signal=HUP", try home.executable(), "run", "--", "sh", "-c",
                "echo in; read line; echo $line",
            ],
            environment: home.environment)
        try running.expect("in\n")
        running.send(SIGHUP)
        let done = try running.wait(input: Array("still\n".utf8))
        #expect(done.code == 0 && done.output == "in\nstill\n", "\(done)")
    }

    @Test(
        "a closed standard stream is an empty one, and no file takes its place", .needsPlayground,
        arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
    func closed(streams: String) throws {
        let home = try Home()
        let shell = try home.shell([], "exec \"$PODLAB\" \(streams)")
        #expect(shell.code == 0 && shell.error.isEmpty, "\(shell)")
        if !streams.contains(">&-") || streams == "2>&-" { #expect(shell.output.contains("01-chroot"), "\(shell)") }
        // What is opened next would be standard input: the folder of the labs, the root of the playground.
        let ran = try home.shell([], "\"$PODLAB\" run -- sh -c 'cat; ls -l /proc/self/fd >&2; exit 3' \(streams)")
        #expect(ran.code == 3 && ran.output.isEmpty, "\(ran)")
        #expect(home.sessions.isEmpty)
    }

    // MARK: What cannot be written

    @Test(
        "what cannot be written is told of, and is no success", .needsPlayground,
        arguments: [
            "labs", "labs --format json", "doctor", "doctor --format json", "verify 01 --truth unsolved-is-red",
            "verify 01 --truth unsolved-is-red --format json", "lint Labs/01-chroot --format json", "--help",
            "--version",
            "labs --help", "lab show 01", "lab solve 01 --step where", "lab demo 01 --step where", "run -- echo in",
            "image list", "image list --format json", "root status", "clean", "grade kim", "grade kim --format json",
            "lab check 01 --file kim/01-chroot.sh",
        ])
    func full(words: String) throws {
        let home = try Home()
        try home.write("true\n", to: "kim/01-chroot.sh")
        let labs = Executable.checkout + "/Labs"
        let command = words.replacing("Labs/", with: labs + "/")
        let done = try home.shell([], "exec \"$PODLAB\" \(command) > /dev/full")
        #expect(done.code == 2, "\(done)")
        #expect(done.error.contains("write to standard output: ENOSPC"), "\(done)")
        #expect(home.sessions.isEmpty)
    }

    @Test("a script of commands whose answers cannot be written is no success", .needsPlayground)
    func fullShell() throws {
        let done = try Home().shell([], "exec \"$PODLAB\" > /dev/full", input: "labs\nquit\n")
        #expect(done.code == 2 && done.error.contains("write to standard output: ENOSPC"), "\(done)")
    }

    @Test("reports in files are whole although standard output cannot be written", .needsPlayground)
    func reports() throws {
        let home = try Home()
        try home.write("true\n", to: "class/kim/01-chroot.sh")
        try home.write("true\n", to: "class/lee/01-chroot.sh")
        let done = try home.shell([], "exec \"$PODLAB\" grade class --out out > /dev/full")
        #expect(done.code == 2 && done.error.contains("2 graded"), "\(done)")
        for name in ["kim", "lee"] {
            let report = try Data(contentsOf: URL(fileURLWithPath: home.path + "/out/\(name).json"))
            #expect(try JSONSerialization.jsonObject(with: report) is [String: Any])
        }
    }

    @Test(
        "what Foundation refuses is told in podlab's words: what, on which file, and why", .needsPodlab,
        arguments: [
            "root build", "root status", "image build busybox", "image list", "image import x.tar", "labs",
            "run -- true",
            "verify 01", "lab solve 01", "pod apply -f x.yaml", "node enter", "clean", "check", "doctor",
        ])
    func raw(words: String) throws {
        let home = try Home()
        // Nobody, not even root, makes a folder there. Without a run-time folder podlab would make one in /tmp, which stays.
        var nowhere = [
            "HOME": "/proc/nowhere", "PATH": home.environment["PATH"] ?? "", "XDG_RUNTIME_DIR": home.path + "/run",
        ]
        let command = [try home.executable()] + words.split(separator: " ").map(String.init)
        for variables in [[:], ["XDG_DATA_HOME": home.path + "/data"]] {
            nowhere.merge(variables) { _, new in new }
            let done = try run(command, environment: nowhere, directory: home.path)
            for mark in ["Domain=", "NSCocoa", "NSPOSIX", "UserInfo", "CocoaError", "Code="] {
                #expect(!(done.error + done.output).contains(mark), "\(words): \(done)")
            }
        }
        if words == "root build" {
            let done = try run(
                command, environment: ["HOME": "/proc/nowhere", "XDG_RUNTIME_DIR": home.path + "/run"])
            #expect(done.code == 2 && done.error.contains("/proc/nowhere"), "\(done)")
            #expect(done.error.contains("ENOENT") || done.error.contains("EACCES"), "\(done)")
        }
    }

    // MARK: Namespaces of the node

    @Test("a learner enters all namespaces of a box with nsenter --all", .needsPlayground)
    func allNamespaces() throws {
        let home = try Home()
        let said = try home.podlab(
            "run", "--", "sh", "-c",
            """
            mkfifo /tmp/up
            for box in "--uts" "--uts --ipc --net --pid --fork --mount" "--user --map-root-user --uts"; do
                unshare $box sh -c 'hostname box; echo > /tmp/up; exec sleep 1000' &
                read up < /tmp/up
                pid=$!
                case "$box" in *--fork*) pid=$(ps --ppid $! -o pid=) ;; esac
                # setgroups(2) is denied for good where a user without other ids is root, and nsenter would call it.
                case "$box" in *--user*) keep=--preserve-credentials ;; *) keep= ;; esac
                nsenter --target $pid --all $keep hostname || echo "refused: $box"
            done
            """)
        #expect(said.output == "box\nbox\nbox\n", "\(said)")
    }

    @Test(
        "a playground has a time namespace of its own, and is entered there", .needsPlayground,
        .enabled(if: access("/proc/self/ns/time", F_OK) == 0, "this kernel has no time namespaces"))
    func timeNamespace() throws {
        let home = try Home()
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/time")
        let said = try home.podlab("run", "--", "readlink", "/proc/self/ns/time", "/proc/1/ns/time")
        let theirs = said.output.split(separator: "\n").map(String.init)
        #expect(theirs.count == 2 && theirs[0] == theirs[1] && theirs[0] != own, "\(said)")
    }

    // MARK: Other users

    @Test("root of a user namespace is not the machine's root, and takes no folder of his", .needsOtherUser)
    func otherRoot() throws {
        let user = try OtherUser()
        // What a podlab of the machine's root left behind is for him alone to remove.
        let left =
            "for place in /sys/fs/cgroup/memory /sys/fs/cgroup; do test -e $place/cgroup.procs || continue;"
            + " ACTION $place/podlab-0/4194303-1-0@$(stat -Lc %i /proc/self/ns/pid) && break; done"
        defer { _ = try? user.run(before: left.replacing("ACTION", with: "rmdir") + " || true", "", "true") }
        let done = try user.run(
            before: """
                \(left.replacing("ACTION", with: "mkdir -p"))
                here=$PWD
                mount --bind . /mnt
                mount -t tmpfs -o mode=1777 tmpfs /tmp
                mkdir -p $here; mount --bind /mnt $here; umount /mnt; cd $here
                mkdir -m 700 /tmp/podlab-0
                """, "env -u XDG_RUNTIME_DIR unshare --map-root-user",
            "\"$PODLAB\" run -- id -u && \"$PODLAB\" lab solve 01 --step where && ls /tmp | grep '^podlab-[0-9]*$'")
        #expect(done.code == 0 && done.error.isEmpty && done.output.hasPrefix("0\n"), "\(done)")
        #expect(done.output.hasSuffix("\npodlab-0\npodlab-\(OtherUser.id)\n"), "\(done)")
    }

    @Test(
        "granted ids are used, the user's own is not among them twice", .needsOtherUser,
        arguments: [
            "\(OtherUser.id):100000:65536", "\(OtherUser.id):\(OtherUser.id):1\n\(OtherUser.id):100000:65536",
            "\(OtherUser.id):100000:65536\n\(OtherUser.id):\(OtherUser.id):1",
            "\(OtherUser.id):200000:10\n\(OtherUser.id):100000:65536",
        ])
    func granted(grant: String) throws {
        let user = try OtherUser(grant: grant)
        let done = try user.run("", "\"$PODLAB\" run -- cat /proc/self/uid_map /proc/self/gid_map")
        let lines = done.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        let expected = ["0 \(OtherUser.id) 1", "1 100000 65536"]
        #expect(done.code == 0 && done.error.isEmpty && lines == expected + expected, "\(done)")
        let doctor = try user.run("", "\"$PODLAB\" doctor")
        #expect(doctor.output.contains("✓ a range of subordinate user ids: a process was given 65536 ids"), "\(doctor)")
    }

    @Test(
        "granted ids that cannot be had are done without, with a warning that says why", .needsOtherUser,
        arguments: [
            ("", "--no-new-privs", "no_new_privs is set here"),
            ("", "--bounding-set=-setuid", "CAP_SETUID is not in the bounding set here"),
            (
                "mkdir -p bin; for name in newuidmap newgidmap; do cp $(command -v $name) bin; chmod 755 bin/$name; done",
                "env PATH=$PWD/bin:$PATH", "is neither set-uid root nor has it CAP_SETUID"
            ),
            (
                "", "unshare --user --map-user=\(OtherUser.id) --map-group=\(OtherUser.id)",
                "has not all of the ids from 100000 on"
            ),
            // The folder itself, and one that comes before it.
            (
                "folder=$(dirname $(readlink -f $(command -v newuidmap))); mount --bind $folder $folder;"
                    + " mount -o remount,bind,nosuid $folder", "",
                "newuidmap is on a file system that is mounted nosuid, where set-uid means nothing"
            ),
            (
                "mkdir -p own; mount -t tmpfs -o nosuid,mode=755 tmpfs own;"
                    + " for name in newuidmap newgidmap; do cp -p $(command -v $name) own; chmod 4755 own/$name; done",
                "env PATH=$PWD/own:$PATH",
                "own/newuidmap is on a file system that is mounted nosuid, where set-uid means nothing"
            ),
            (
                "mkdir -p own links; mount -t tmpfs -o nosuid,mode=755 tmpfs own;"
                    + " for name in newuidmap newgidmap; do cp -p $(command -v $name) own; chmod 4755 own/$name;"
                    + " ln -sf ../own/$name links; done", "env PATH=$PWD/links:$PATH",
                "links/newuidmap is on a file system that is mounted nosuid, where set-uid means nothing"
            ),
        ])
    func refused(before copy: String, how: String, hint: String) throws {
        let user = try OtherUser(grant: "\(OtherUser.id):100000:65536")
        let done = try user.run(before: copy, how, "\"$PODLAB\" run -- sh -c 'id -u; wc -l < /proc/self/uid_map'")
        #expect(done.code == 0 && done.output == "0\n1\n", "\(done)")
        #expect(done.error.contains("podlab: warning: the ids that are granted to you cannot be used"), "\(done)")
        #expect(done.error.replacing("\n", with: " ").contains(hint), "\(done)")
        let solved = try user.run(before: copy, how, "\"$PODLAB\" lab solve 01 --step pack --format json")
        #expect(solved.code == 0, "\(solved)")
        let doctor = try user.run(before: copy, how, "\"$PODLAB\" doctor --format json")
        let row = try #require(
            (JSONSerialization.jsonObject(with: Data(doctor.bytes)) as? [String: Any])?["requirements"]
                as? [[String: Any]]
        )
        .first { $0["id"] as? String == "subordinate-ids" }
        #expect(
            row?["verdict"] as? String == "optional" && (row?["remedy"] as? String)?.contains(hint) == true, "\(doctor)"
        )
    }
}

/// A user of no account, as whom root runs podlab in a mount namespace of its own.
private final class OtherUser {
    static let id = 54_321
    private let home: Home
    private let folder: String

    static let works: Bool = {
        guard isRoot, program("setpriv") != nil, program("newuidmap") != nil, let user = try? OtherUser() else {
            return false
        }
        return (try? user.run("", "\"$PODLAB\" run -- true"))?.code == 0
    }()

    /// - Parameter grant: what /etc/subuid and /etc/subgid say.
    init(grant: String = "") throws {
        home = try Home()
        folder = home.path + "/other"
        try home.write(grant + "\n", to: "subid")
        try home.write("root:x:0:0::/root:/bin/sh\nother:x:\(Self.id):\(Self.id)::\(folder):/bin/sh\n", to: "passwd")
        let made = try home.shell([], "mkdir -m 755 other; chown \(Self.id):\(Self.id) other; chmod 644 subid passwd")
        guard made.code == 0 else { throw TookTooLong(description: "\(made)") }
        let built = try run("", "\"$PODLAB\" root build")
        guard built.code == 0 else { throw TookTooLong(description: "\(built)") }
    }

    /// - Parameters:
    ///   - before: what root does first, in this user's folder.
    ///   - how: what the user's shell is started by: more options of setpriv, or another program.
    func run(before: String = "", _ how: String, _ script: String) throws -> Finished {
        let user = "setpriv --reuid \(Self.id) --regid \(Self.id) --clear-groups"
        try home.write(script, to: "script")
        return try home.shell(
            ["unshare", "--mount"],
            """
            set -e
            for name in subuid subgid; do mount --bind subid /etc/$name; done
            mount --bind passwd /etc/passwd
            script=$(cat script)
            export HOME=\(folder) XDG_DATA_HOME=\(folder)/data XDG_STATE_HOME=\(folder)/state
            export XDG_RUNTIME_DIR=\(folder)/run
            cd \(folder)
            if [ ! -d run ]; then mkdir -m 700 run; chown \(Self.id):\(Self.id) run; fi
            \(before)
            \(user) \(how) sh -c "$script"
            """)
    }
}

extension Trait where Self == ConditionTrait {
    /// For tests that root runs as somebody else.
    fileprivate static var needsOtherUser: Self {
        .enabled(if: OtherUser.works, "it takes root, setpriv(1) and newuidmap(1), and playgrounds of other users")
    }
}
