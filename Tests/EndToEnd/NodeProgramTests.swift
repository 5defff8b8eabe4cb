// What podlab brings into a playground: nothing of the labs can be read there.

import Foundation
import Glibc
import Testing

@Suite struct NodeProgramTests {
    /// Whether PID 1, the decoys and the hosts of a scene are a program of their own. Until then they are podlab, which is not looked at
    /// by their names in /proc, but by every other.
    private static let initIsApart: Bool =
        Executable.path.map { access(($0 as NSString).deletingLastPathComponent + "/node/podlab-init", X_OK) == 0 }
        ?? false

    /// Prints each word of the labs that stands in a program which podlab has brought, and at the end how many were looked at.
    private func search(_ home: Home, among words: Set<String>, startingAgent: Bool) throws -> [Substring] {
        let agent = """
            podlab kubelet >/dev/null &
            until pgrep -x podlab-kubelet >/dev/null; do sleep 0.02; done
            """
        let script = """
            cat > /tmp/words
            head -n 1 /tmp/words > /tmp/planted
            \(startingAgent ? agent : "")
            look() { LC_ALL=C grep -aoFf /tmp/words "$1" 2>/dev/null | sort -u | head -n 5 | sed "s|^|$2: |"; }
            look /tmp/planted planted
            [ -x /usr/local/bin/podlab ] || echo there is no podlab
            count=0
            seen=
            for file in /usr/local/bin/podlab $(find /usr/local/lib/podlab -type f 2>/dev/null) /proc/[0-9]*/exe; do
                case $file in /proc/*)
                    name=$(cat ${file%/exe}/comm)
                    \(Self.initIsApart ? "" : "[ $file -ef /proc/1/exe ] && continue") ;;
                esac
                id=$(stat -L -c %d:%i $file) && [ -r $file ] || continue
                case " $seen " in *" $id "*) continue ;; esac
                seen="$seen $id"
                count=$((count + 1))
                look $file "$file ${name-}"
            done
            pkill -x podlab-kubelet
            echo looked at $count
            """
        let found = try home.podlab(
            "enter", "bash", "-c", script, input: words.sorted().joined(separator: "\n") + "\n")
        #expect(found.code == 0 && found.error == "", "\(found)")
        return found.output.split(separator: "\n")
    }

    @Test(
        "no program in a playground holds a word of any lab: solution, lesson, hint, check", .needsPlayground,
        arguments: ["1", "4"])
    func words(lab: String) throws {
        let home = try Home()
        let words = try LabWords.all(home)
        #expect(words.count > 2000, "\(words.count) words were found in the labs")
        let shell = try home.start()
        try shell.type("start \(lab)\n")
        _ = try #require(try home.record())
        var found = try search(home, among: words, startingAgent: true)
        let last = try #require(found.popLast()?.split(separator: " ").last.flatMap { Int($0) })
        // The node's program, which the agent is as well, and a shell at least.
        #expect(last >= 2)
        #expect(found == ["planted: \(words.sorted()[0])"])
        try shell.type("quit\n")
        _ = try shell.wait()
    }

    @Test("it knows what a node needs, and says of the rest where it is typed", .needsPlayground)
    func commands() throws {
        let script = """
            podlab --version
            podlab --help | grep -c '^  pod '
            podlab pod --help | grep -cE '^  (apply|get|describe|logs|exec|delete) '
            for line in check grade 'node stop' 'image list' 'lab check 1'; do podlab $line; echo $?; done
            for line in '__solution 01-chroot where' 'bench-pods' 'nosuch'; do podlab $line 2>/dev/null; echo $?; done
            readlink /usr/local/bin/podlab
            """
        let done = try Home().podlab("run", "--", "bash", "-c", script)
        let version = try Home().podlab("--version").output
        #expect(
            done.output == version + "1\n6\n64\n64\n64\n64\n64\n64\n64\n64\n/usr/local/lib/podlab/podlab-node\n",
            "\(done)"
        )
        #expect(
            done.error.hasPrefix(
                "podlab: podlab check is typed outside the playground, or check in the tutorial shell\n"),
            "\(done)")
        #expect(done.error.contains("podlab: podlab grade is a command of the host's podlab"), "\(done)")
    }
}
