// Layers of every shape, as a container of a pod has them.

import Foundation
import Glibc
import Testing

@Suite struct LayerPodTests {
    /// Runs a command in a pod of an image of these layers.
    /// - Returns: what it printed, or why it could not be run.
    private func output(
        _ name: String, _ layers: [[LayerEntry]], _ configuration: [String: Any] = [:], running script: String
    ) throws -> (phase: String, text: String) {
        let pods = try PodHome()
        let image = try LayeredImage(name, layers, configuration, in: pods.home)
        defer { withExtendedLifetime(image) {} }
        let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              restartPolicy: Never
              containers: [{name: c, image: "\(image.name)", command: [sh, -c, "\(script)"]}]
            """
        let applied = try pods.pod("apply", "-f", "-", input: manifest)
        guard applied.code == 0 else { return ("not started", applied.error) }
        #expect(try eventually { ["Succeeded", "Failed"].contains(try pods.object("p").status.phase) })
        let phase = try pods.object("p").status.phase
        let text = try pods.pod("logs", "p").output
        // The node goes with its last pod, and the image is free.
        #expect(try pods.pod("delete", "p").code == 0)
        return (phase, text)
    }

    @Test("what a layer removes is not there, and what it removes of a folder neither", .needsImages)
    func whiteouts() throws {
        let lower = [
            LayerEntry("t/"), LayerEntry("t/gone", "x"), LayerEntry("t/stays", "x"), LayerEntry("t/folder/"),
            LayerEntry("t/folder/old", "x"), LayerEntry("t/opaque/"), LayerEntry("t/opaque/old", "x"),
            LayerEntry("t/emptied/"), LayerEntry("t/emptied/old", "x"), LayerEntry("t/remade/"),
            LayerEntry("t/remade/old", "x"), LayerEntry("t/target/"), LayerEntry("t/target/x", "x"),
            LayerEntry("t/link", link: "target"),
        ]
        let upper = [
            LayerEntry("t/.wh.gone"), LayerEntry("t/.wh.folder"), LayerEntry("t/opaque/new", "x"),
            LayerEntry("t/opaque/.wh..wh..opq"), LayerEntry("t/emptied/.wh.old"), LayerEntry("t/.wh.remade"),
            LayerEntry("t/remade/new", "x"), LayerEntry("t/.wh.link"),
        ]
        let top = [LayerEntry("t/folder/again", "x"), LayerEntry("t/opaque/top", "x")]
        let (phase, text) = try output("whiteouts", [lower, upper, top], running: "cd /t && find . | sort")
        #expect(phase == "Succeeded")
        #expect(
            text.split(separator: "\n").map(String.init) == [
                ".", "./emptied", "./folder", "./folder/again", "./opaque", "./opaque/new", "./opaque/top", "./remade",
                "./remade/new", "./stays", "./target", "./target/x",
            ], "\(text)")
    }

    @Test("a folder that a layer only implies is as it was below, and second names are one file", .needsImages)
    func impliedFolders() throws {
        let lower = [LayerEntry("tmp/", mode: "1777"), LayerEntry("root/", mode: "0700")]
        let upper = [
            LayerEntry("tmp/x", "x"), LayerEntry("root/a", "x"), LayerEntry("new/b", "x"), LayerEntry("h/one", "x"),
            LayerEntry("h/two", hardLink: "h/one"),
        ]
        let (_, text) = try output(
            "implied", [lower, upper], running: "stat -c '%a %u' /tmp /root /new; stat -c %h /h/one; cat /tmp/x")
        #expect(text == "1777 0\n700 0\n755 0\n2\nx", "\(text)")
    }

    @Test("a file belongs to whom the image says, where the node has that user", .needsImages)
    func owners() throws {
        let app = [
            LayerEntry("app/", mode: "0700", owner: 1000), LayerEntry("app/hi", "hi\\n", mode: "0600", owner: 1000),
            LayerEntry("app/mine", "x", mode: "0600", owner: 0),
        ]
        // A layer above takes one back, and adds to the folder without naming it.
        let above = [LayerEntry("app/more", "more", owner: 1000)]
        let (phase, text) = try output(
            "owners", [app, above], ["User": "1000:1000", "WorkingDir": "/app"],
            running: "stat -c '%n %u %a' . hi mine more; touch x && echo wrote; cat mine 2>/dev/null; true")
        if phase == "not started" {
            // An ordinary user without subordinate ids has one id.
            #expect(!isRoot && text.contains("this node has no user 1000"), "\(text)")
            return
        }
        #expect(text == ". 1000 700\nhi 1000 600\nmine 0 600\nmore 1000 644\nwrote\n", "\(text)")
    }

    @Test("names of one file stay names of one file, whoever it belongs to", .needsImages)
    func hardLinks() throws {
        let layer = [
            LayerEntry("h/", mode: "0755", owner: 1000), LayerEntry("other/"),
            LayerEntry("h/two", owner: 1000, hardLink: "h/one"),
            LayerEntry("other/three", owner: 1000, hardLink: "h/four"),
            LayerEntry("h/gone", owner: 1000, hardLink: "h/five"), LayerEntry("h/roots2", hardLink: "h/roots"),
            LayerEntry("h/link2", owner: 1000, hardLink: "h/link"), LayerEntry("h/alone", "x", owner: 1000),
        ]
        // A pair is packed with its second name; its first one is there before.
        let first = ["h/one", "h/four", "h/five"].map { LayerEntry($0, "x", owner: 1000) }
        let links = [LayerEntry("h/roots", "x"), LayerEntry("h/link", owner: 1000, link: "one")]
        // What an upper layer has taken is another file.
        let above = [
            LayerEntry("h/.wh.gone"), LayerEntry("above", "x", owner: 1000),
            LayerEntry("a2", owner: 1000, hardLink: "above"),
        ]
        let script = """
            same() { test $(stat -c %i $1) = $(stat -c %i $2) && echo same || echo $1 and $2 differ; };
            same h/one h/two; same h/four other/three; same h/roots h/roots2; same h/link h/link2; same above a2;
            same h/one h/alone; stat -c '%n %h %u' h/one h/two other/three h/alone h/link2 a2; readlink h/link2; ls -A h other;
            cat h/five
            """
        let (phase, text) = try output(
            "hard", [first + links + layer, above], running: script.replacing("\n", with: " "))
        #expect(phase == "Succeeded", "\(text)")
        // An ordinary user without subordinate ids has no user 1000.
        let owner = text.contains("h/one 2 1000") ? 1000 : 0
        let lines = [
            "same", "same", "same", "same", "same", "h/one and h/alone differ", "h/one 2 \(owner)", "h/two 2 \(owner)",
            "other/three 2 \(owner)", "h/alone 1 \(owner)", "h/link2 2 \(owner)", "a2 2 \(owner)", "one",
        ]
        #expect(text.hasPrefix(lines.joined(separator: "\n") + "\n") && !text.contains(".podlab"), "\(text)")
    }

    @Test("a user that is a number is that number, whatever the image calls by it", .needsImages)
    func numericUser() throws {
        let (phase, text) = try output(
            "number", [[LayerEntry("etc/passwd", "root:x:0:0::/:/bin/sh\n10:x:0:0::/:/bin/sh\n")]], ["User": "10"],
            running: "id -u")
        #expect(
            phase == "not started" ? !isRoot && text.contains("this node has no user 10") : text == "10\n", "\(text)")
    }

    @Test("an image of as many layers as docker takes runs", .needsImages)
    func manyLayers() throws {
        let layers = (1...126).map { [LayerEntry("n/\($0)", "\($0)")] }
        let (phase, text) = try output("many", layers, running: "ls /n | wc -l; cat /n/126")
        #expect(phase == "Succeeded" && text == "126\n126", "\(text)")
    }

    @Test("an image that is larger than all that a node may write runs", .needsImages)
    func large() throws {
        let (phase, text) = try output("large", [[LayerEntry("big", "zeros 540M")]], running: "stat -c %s /big")
        #expect(phase == "Succeeded" && text == "\(540 << 20)\n", "\(text)")
    }

    @Test("a layer on which a container may stand stays while a playground runs, and goes afterwards", .needsImages)
    func removedMeanwhile() throws {
        let pods = try PodHome()
        var image: LayeredImage? = try LayeredImage("removed", [[LayerEntry("word", "there")]], in: pods.home)
        let name = try #require(image?.name)
        let manifest = PodHome.manifest("p", [("c", "exec sleep 1000")]).replacingOccurrences(
            of: "image: busybox", with: "image: \(name)")
        #expect(try pods.pod("apply", "-f", "-", input: manifest).code == 0)
        let removed = try pods.home.podlab("image", "remove", name)
        #expect(removed.output.contains("containers may stand on"), "\(removed)")
        #expect(try pods.pod("exec", "p", "--", "cat", "/word").output == "there")
        try pods.pod("delete", "p", "--now")
        image = nil
    }

    @Test("whoever is root on a node cannot write to the layers, however the mount is gone for", .needsImages)
    func writing() throws {
        let home = try Home()
        let script = """
            cd /var/lib/podlab/images && layer=$(ls -d layers/* | head -1) || exit 1
            try() { touch $1/$layer/new 2>/dev/null && echo "wrote by $2"; chmod 700 $1/$layer 2>/dev/null && echo "changed by $2"; }
            try . "the mount itself"
            for options in remount,rw remount,bind,rw remount,bind,rw,suid,dev; do mount -o $options . 2>/dev/null && echo "$options"; done
            try . remount
            mkdir -p /tmp/a /tmp/b && mount --bind /var/lib/podlab/images /tmp/a && mount -o remount,bind,rw /tmp/a 2>/dev/null
            try /tmp/a "a bind mount"
            unshare --mount sh -c 'mount -o remount,bind,rw /var/lib/podlab/images; touch /var/lib/podlab/images/new' 2>/dev/null \\
                && echo "wrote in another mount namespace"
            unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,rw /tmp/a; touch /tmp/a/new' 2>/dev/null \\
                && echo "wrote in another user namespace"
            mount -t tmpfs none /tmp/b && mkdir /tmp/b/work /tmp/b/root
            mount -t overlay none -o lowerdir=/tmp/b/root,upperdir=/tmp/a/$layer,workdir=/tmp/a/work,userxattr /tmp/b/root 2>/dev/null \\
                && echo "it is an upper layer"
            cd / && umount /tmp/a && umount /var/lib/podlab/images && [ -e /var/lib/podlab/images/oci-layout ] && echo "there is another beneath"
            echo over
            """
        let finished = try home.podlab("run", "--", "bash", "-c", script)
        #expect(finished.output == "over\n", "\(finished)")
    }
}
