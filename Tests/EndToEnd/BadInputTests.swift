// What must not work: the message, the exit code, and that nothing is left.

import Foundation
import Testing

@Suite struct BadInputTests {
    @Test(
        "an unknown lab, step, verb or option is wrong usage, and the message names what there is", .needsPodlab,
        arguments: [
            (["lab", "show", "99"], "there is no lab '99'; there is: 01-chroot"),
            (["lab", "show", "02-chrot"], "there is no lab '02-chrot'"),
            (["verify", "chrot"], "01-chroot"),
            (["lab", "show", "01", "--step", "entr"], "has no step 'entr'; its steps are: where, pack, enter, limits"),
            (["lab", "chek", "01"], "podlab lab"),
            (["verfy", "01"], "podlab"),
            (["verify", "01", "--fromat", "json"], "Did you mean '--format'?"),
            (["verify", "01", "--format", "yaml"], "'text'"),
            (["lab", "check"], "id"),
            (["lab", "check", "01", "--file", "/nonexistent"], "/nonexistent cannot be read as text"),
            (["lint", "/nonexistent"], "/nonexistent is not a folder"),
            (["run"], "command"),
            (["root", "build", "nosuch"], "there is no recipe 'nosuch'"),
        ])
    func wrongUsage(arguments: [String], message: String) throws {
        let home = try Home()
        let done = try run([try home.executable()] + arguments, environment: home.environment)
        #expect(done.code == 64 && done.error.contains(message), "\(arguments): \(done)")
        #expect(home.sessions.isEmpty)
    }

    @Test("an escape sequence in a name that is shown back does nothing to the terminal", .needsPodlab)
    func escapes() throws {
        let home = try Home()
        for arguments in [
            ["lab", "show", "\u{1B}[2J"], ["lint", "/\u{1B}]0;x\u{7}"], ["grade", "\u{1B}[31m"],
            ["grade", "--\u{1B}[31m\nforged"], ["grade", "--format", "\u{1B}\nforged", "/"], ["\u{1B}[2J\nforged"],
        ] {
            let done = try run([try home.executable()] + arguments, environment: home.environment)
            #expect(done.code == 64 && !done.error.contains("\u{1B}") && !done.error.contains("\u{7}"), "\(done)")
            #expect(!done.error.contains("\nforged"), "\(done)")
        }
    }

    // MARK: Lab files

    /// A change to lab 01's files, and what lint must say about it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var file = "lab.yaml"
        var old: String
        var new: String
        /// Where it is reported, without the column, and a part of the message.
        var place: String
        var message: String
        var testDescription: String { name }
    }

    @Test(
        "lint names the place of each fault", .needsPodlab,
        arguments: [
            Fault(
                name: "unknown key", old: "minutes: 15", new: "minuets: 15", place: "lab.yaml:6:", message: "minuets"),
            Fault(
                name: "wrong type", old: "minutes: 15", new: "minutes: [fifteen]", place: "lab.yaml:6:",
                message: "minutes"
            ),
            Fault(
                name: "dangling needs", old: "needs: [programs]", new: "needs: [programz]", place: "lab.yaml:",
                message: "programz"),
            Fault(
                name: "cycle", old: "        points: 1\n", new: "        points: 1\n        needs: [libraries]\n",
                place: "lab.yaml:", message: "programs → libraries → programs"),
            Fault(
                name: "undefined variable", old: "in: \"{{box}}\"", new: "in: \"{{bax}}\"", place: "lab.yaml:",
                message: "bax"),
            Fault(
                name: "mutant naming no check", file: "mutants/no-proc.sh", old: "# kills: pack/proc",
                new: "# kills: pack/prok", place: "mutants/no-proc.sh:1:", message: "prok"),
            Fault(
                name: "check that no mutant names", file: "mutants/node-as-its-box.sh", old: "# kills: pack/own-folder",
                new: "# kills: pack/programs", place: "lab.yaml:", message: "pack/own-folder"),
            Fault(name: "not YAML", old: "steps:", new: "steps: [", place: "lab.yaml:", message: "not YAML"),
            Fault(
                name: "other schema", old: "podlab.lab/v1", new: "podlab.lab/v9", place: "lab.yaml:2:",
                message: "podlab.lab/v1"
            ),
        ])
    func lint(fault: Fault) throws {
        let home = try Home()
        let lab = home.path + "/01-chroot"
        // Not FileManager's copy, which wants to give the copies to the owner of the originals.
        let source = Executable.checkout + "/Labs/01-chroot"
        try #require(run(["cp", "-r", "--no-preserve=all", source, lab], environment: home.environment).code == 0)
        #expect(try home.podlab("lint", lab).code == 0)
        let file = lab + "/" + fault.file
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = text.replacing(fault.old, with: fault.new, maxReplacements: 1)
        try #require(changed != text)
        try home.write(changed, to: file)
        let linted = try home.podlab("lint", lab)
        #expect(linted.code == 1, "\(linted)")
        let lines = linted.output.split(separator: "\n")
        #expect(
            lines.contains {
                $0.contains(fault.place) && $0.contains(fault.message)
                    && $0.contains(#/:\d+:\d+: /#)
            },
            "\(linted)")
        // Such a lab is neither verified nor started.
        try FileManager.default.createDirectory(atPath: home.path + "/labs", withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: lab, toPath: home.path + "/labs/01-chroot")
        let verified = try home.podlab("verify", "--labs", home.path + "/labs")
        #expect(verified.code == 2 && verified.error.contains(fault.place), "\(verified)")
    }

    @Test(
        "lint names what a lesson tells people to type and there is none of", .needsPodlab,
        arguments: [
            ("Type `xray`.", "'xray' is to be typed"), ("See `podlab lab shwo 1`.", "no command 'shwo'"),
        ])
    func mentions(sentence: String, message: String) throws {
        let home = try Home()
        let labs = try home.copyOfLabOne()
        let lesson = labs + "/01-chroot/lesson.md"
        let text = try String(contentsOfFile: lesson, encoding: .utf8)
        try (text + "\n" + sentence + "\n").write(toFile: lesson, atomically: true, encoding: .utf8)
        let linted = try home.podlab("lint", labs)
        #expect(linted.code == 1 && linted.output.contains(message), "\(linted)")
        #expect(
            linted.output.contains(
                "lesson.md:\(text.split(separator: "\n", omittingEmptySubsequences: false).count + 1):"))
    }

    @Test("a labs folder that is not there is named, with who named it", .needsPodlab)
    func labsMissing() throws {
        let home = try Home()
        let missing = ["PODLAB_LABS": "/nonexistent"]
        for arguments in [["labs"], ["verify"], ["lab", "show", "1"], []] {
            let done = try run(
                [try home.executable()] + arguments, environment: home.environment.merging(missing) { _, new in new })
            #expect(done.code == 2, "\(arguments): \(done)")
            #expect(done.error.contains("the labs folder /nonexistent, named by PODLAB_LABS, is not there"))
        }
        let option = try home.podlab("labs", "--labs", "/nowhere")
        #expect(option.code == 2 && option.error.contains("/nowhere, named by --labs, is not there"), "\(option)")
    }

    // MARK: The course root

    @Test("a course root that is missing, half-built or of another version is not used", .needsPlayground)
    func courseRoot() throws {
        let home = try Home()
        let own = ["XDG_DATA_HOME": home.path + "/data"]
        let root = home.path + "/data/podlab/roots/course"
        func refused(_ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let done = try home.podlab("verify", "01", environment: own)
            #expect(
                done.code == 2 && done.error.contains(message) && done.error.contains("podlab root build"), "\(done)",
                sourceLocation: sourceLocation)
            let status = try home.podlab("root", "status", environment: own)
            #expect(status.code == 2, "\(status)", sourceLocation: sourceLocation)
            #expect(home.sessions.isEmpty, sourceLocation: sourceLocation)
        }
        try refused("there is no root file system at \(root)")
        #expect(try home.podlab("root", "build", environment: own).code == 0)
        #expect(try home.podlab("root", "status", environment: own).code == 0)

        #expect(unlink(root + "/usr/bin/ps") == 0)
        try refused("/usr/bin/ps")
        #expect(try home.podlab("root", "build", environment: own).code == 0)
        #expect(try home.podlab("run", "--", "ps", environment: own).code == 0)

        let manifests = try #require(
            FileManager.default.enumerator(atPath: home.path + "/data/podlab/roots")?.compactMap { $0 as? String }
                .filter { $0.hasSuffix(".json") && !$0.contains("/usr/") })
        let manifest = home.path + "/data/podlab/roots/" + (try #require(manifests.first, "no manifest"))
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        let other = text.replacing(/"version" ?: ?\d+/, with: "\"version\": 99")
        try #require(other != text)
        try home.write(other, to: manifest)
        try refused("root file system at \(root)")
        #expect(try home.podlab("root", "build", environment: own).code == 0)
        #expect(try home.podlab("root", "status", environment: own).code == 0)
    }

    // MARK: Kernels that say no

    @Test("where user namespaces are forbidden the message names the switch", .needsPlayground, .needsUnshare)
    func userNamespacesForbidden() throws {
        let home = try Home()
        let script = """
            export XDG_DATA_HOME=$PWD/data; "$PODLAB" root build >/dev/null || exit 99
            echo 0 > /proc/sys/user/max_user_namespaces || exit 98
            "$PODLAB" run -- true; echo "run $?"; "$PODLAB" verify 01 --format json >report.json; echo "verify $?"
            printf 'start 1\\n' | "$PODLAB" >shell.txt; echo "shell $?"; "$PODLAB" doctor >doctor.txt; echo "doctor $?"
            """
        let done = try home.shell(["unshare", "--user", "--map-root-user"], script)
        #expect(done.output == "run 2\nverify 2\nshell 2\ndoctor 1\n", "\(done)")
        #expect(done.error.contains("user namespaces are forbidden here: sysctl user.max_user_namespaces="), "\(done)")
        for file in ["report.json", "shell.txt", "doctor.txt"] {
            let text = try String(contentsOfFile: home.path + "/" + file, encoding: .utf8)
            #expect(text.contains("user.max_user_namespaces"), "\(file): \(text)")
        }
        #expect(home.sessions.isEmpty)
    }

    // A kernel without overlay cannot be had here: an outer namespace cannot take a file system away, and a filter for system
    // calls does not see names. What can be had is a kernel that refuses this overlay, because it would be the third on top
    // of one another. That a missing file system is ENODEV is tested with the plan's own steps, by a type that no kernel has.
    @Test("where the overlay is refused the message names the mount", .needsPlayground, .needsUnshare)
    func overlayRefused() throws {
        let home = try Home()
        let script = """
            mkdir space && mount -t tmpfs tmpfs space && cd space && mkdir base upper work one two extra
            XDG_DATA_HOME=$PWD/base "$PODLAB" root build >/dev/null || exit 99
            mount -t overlay o -o lowerdir=base,upperdir=upper,workdir=work one || exit 98
            mount -t overlay o -o lowerdir=one:extra two || exit 98
            export XDG_DATA_HOME=$PWD/two; "$PODLAB" run -- true; echo "run $?"; "$PODLAB" lab solve 01; echo "solve $?"
            """
        let done = try home.shell(["unshare", "--user", "--map-root-user", "--mount"], script)
        #expect(done.output == "run 2\nsolve 2\n", "\(done)")
        #expect(done.error.contains("the playground cannot be started: mount overlay on"), "\(done)")
        #expect(home.sessions.isEmpty)
    }

    @Test(
        "without a home folder, and with a run-time folder that is not ours, the message says what to set", .needsPodlab
    )
    func folders() throws {
        let home = try Home()
        let none = try run(
            [try home.executable(), "verify", "01"], environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"])
        #expect(none.code == 2 && none.error.contains("HOME is not set"), "\(none)")
        rmdir(home.path + "/run")
        symlink("/tmp", home.path + "/run")
        try home.write("not a folder", to: "blocked")
        let blocked = try home.podlab("labs", environment: ["HOME": home.path + "/blocked", "XDG_STATE_HOME": ""])
        #expect(blocked.code == 0, "reading needs no folder: \(blocked)")
    }
}
