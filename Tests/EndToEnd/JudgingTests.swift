// What a check says when something is missing: which condition of whom, with what is and what was to be.

import Foundation
import Testing

@Suite struct JudgingTests {
    /// A report of one lab's submission whose only step has these lines.
    private func graded(_ lab: String, _ step: String, _ lines: [String]) throws -> ReportDocument {
        let home = try Home()
        try home.write((["# step: \(step)"] + lines).joined(separator: "\n") + "\n", to: "kim/\(lab).sh")
        let graded = try home.podlab("grade", home.path + "/kim", "--format", "json", seconds: 120)
        #expect(graded.code == 1 || graded.code == 0, "\(graded)")
        return try graded.report()
    }

    @Test("a process that lacks one condition is named with that one, and with both values", .needsPlayground)
    func oneCondition() throws {
        let network = try graded("04-network", "alone", ["true"]).check("alone/own-network")
        #expect(network.actual?.contains("its network namespace is the node's, net:[") == true, "\(network)")
        #expect(network.actual?.contains("root") == false, "\(network)")
        #expect(network.evidence.contains { $0.source.hasSuffix("/ns/net") && $0.value.contains("; the node: net:[") })

        let number = try graded("03-unshare", "unshare", ["unshare -p chroot $BOX /bin/bash"]).check("unshare/pid-one")
        #expect(number.actual?.contains("its number in its pid namespace is ") == true, "\(number)")
        #expect(number.actual?.contains(", not 1") == true, "\(number)")
        #expect(number.actual?.contains("its root") == false, "\(number)")
    }

    @Test("a namespace that is not as it should be is told by its number and the other's", .needsPlayground)
    func namespaces() throws {
        let check = try graded(
            "03-unshare", "names",
            ["unshare -p -f -u --mount-proc=$BOX/proc chroot $BOX /bin/bash", "hostname $PODNAME"]
        ).check("names/own-namespaces")
        #expect(check.actual?.contains("its ipc namespace is that of the node, ipc:[") == true, "\(check)")
        #expect(check.actual?.contains("uts") == false, "\(check)")
    }

    @Test("whoever is in the box comes nearer than a shell that is not, whatever runs there", .needsPlayground)
    func inTheBox() throws {
        let other = try graded(
            "03-unshare", "unshare", ["chroot $BOX /bin/sleep 1000 &", "until pgrep -x sleep; do sleep 0.05; done"]
        )
        .check("unshare/pid-one")
        #expect(other.actual?.hasPrefix("sleep, ") == true, "\(other)")
        #expect(other.actual?.contains("it runs /home/namespace/box/bin/sleep (") == true, "\(other)")
        #expect(other.actual?.contains("its root") == false, "\(other)")

        let bash = try graded(
            "03-unshare", "unshare",
            ["chroot $BOX /bin/sleep 1000 &", "until pgrep -x sleep; do sleep 0.05; done", "chroot $BOX /bin/bash"]
        ).check("unshare/pid-one")
        #expect(bash.actual?.hasPrefix("bash, ") == true, "\(bash)")
        #expect(bash.actual?.contains("its root") == false, "\(bash)")
    }

    @Test("a file that holds another text is told with what it holds", .needsPlayground)
    func otherText() throws {
        let check = try graded(
            "02-bind-mounts", "write",
            [
                "mkdir -p /srv/notes $BOX/data", "mount --bind /srv/notes $BOX/data", "chroot $BOX /bin/bash",
                "echo bonjour > /data/from-box",
            ]
        ).check("write/written")
        #expect(check.actual?.contains("it holds \u{201C}bonjour\u{201D}") == true, "\(check)")
    }

    @Test("where nothing of the wanted kind is about, that is said, and no stranger is named", .needsPlayground)
    func nobody() throws {
        let check = try graded("02-bind-mounts", "private", ["true"]).check("private/own-namespace")
        #expect(check.status == "fail")
        #expect(check.actual?.contains("kubelet") == false && check.actual?.contains("podlab") == false, "\(check)")
    }

    @Test("where nobody fits, the limit that is wrong is told all the same", .needsPlayground, .needsCgroups)
    func limitOfNobody() throws {
        let lines = ["mkdir $MEMORY_ROOT/$CGROUP", "echo 512M > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX", "exec sh"]
        let check = try graded("05-cgroup-memory", "enter", lines).check("enter/inside")
        #expect(check.actual?.contains("is 536870912, not 25165824") == true, "\(check)")
        #expect(check.actual?.contains("nobody is in it") == true, "\(check)")
        #expect(check.evidence.contains { $0.value == "536870912" }, "\(check)")
        #expect(check.help?.contains("No bash is in the cgroup") == true, "\(check)")
    }

    @Test("a server that takes what is sent to another address is told by that address", .needsPlayground, .needsImages)
    func otherAddress() throws {
        let lines = [
            "unshare -n -i -u pause 2> /tmp/pause.log & PAUSE=$!; until grep -s . /tmp/pause.log; do sleep 0.01; done",
            "nsenter -t $PAUSE -n ip link set lo up",
            "nsenter -t $PAUSE -n -i -u unshare -m -p -C -f --mount-proc httpd -f -p 127.0.0.1:80 &",
            "until nsenter -t $PAUSE -n ss -Htln | grep :80; do sleep 0.01; done",
        ]
        let check = try graded("06-pause", "join", lines).check("join/web")
        #expect(check.actual?.contains("does not come to tcp 127.0.0.1:80") == true, "\(check)")
        #expect(check.help?.contains("one address of the pod only") == true, "\(check)")
    }

    @Test("a folder that was copied as a link is told so, and not to be made where it is", .needsPlayground)
    func copiedLink() throws {
        let root = try graded("01-chroot", "pack", ["cp -r /bin $BOX"]).check("pack/programs")
        #expect(root.actual?.contains("is a symbolic link to usr/bin, which leads nowhere") == true, "\(root)")
        #expect(root.help?.contains("`rm $BOX`") == true, "\(root)")

        let folder = try graded("01-chroot", "pack", ["mkdir -p $BOX", "cp -r /bin $BOX"]).check("pack/programs")
        #expect(folder.actual?.contains("/bin is a symbolic link to usr/bin") == true, "\(folder)")
        #expect(folder.help?.contains("`rm $BOX/bin`") == true, "\(folder)")
    }

    @Test("where the loader alone is missing, it alone is named", .needsPlayground)
    func loader() throws {
        let check = try graded(
            "01-chroot", "pack",
            [
                "mkdir -p $BOX/bin $BOX/proc", "cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin",
                "for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | grep -v ld-linux | sort -u); do cp --parents -L $lib $BOX; done",
            ]
        ).check("pack/libraries")
        #expect(check.status == "fail" && check.actual?.contains("ld-linux") == true, "\(check)")
        #expect(check.actual?.contains("libc.so") == false && check.actual?.contains(";") == false, "\(check)")
    }
}
