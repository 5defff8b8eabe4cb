// Where links of an image lead what a pod mounts: nothing comes to lie over /proc, over the container's root, or outside of it.

import Foundation
import Glibc
import Testing

@Suite struct MountPlaceTests {
    /// A container of an image, with two volumes: an empty one, and a ConfigMap with the file `text`.
    private func manifest(_ image: String, _ fields: String = "", command: String = "true", more: String = "") -> String
    {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: cm}
        data: {text: "from the map\\n"}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          volumes: [{name: v, emptyDir: {}}, {name: m, configMap: {name: cm}}]
          containers: [{name: c, image: '\(image)', command: [sh, -c, "\(command)"], \(fields)}]
        \(more)

        """
    }

    private func mounts(_ paths: String...) -> String {
        "volumeMounts: [" + paths.map { "{name: v, mountPath: '\($0)'}" }.joined(separator: ", ") + "]"
    }

    /// What a pod has printed when it is over, or why it could not be started.
    private func output(_ pods: PodHome, _ text: String) throws -> (code: Int32, text: String) {
        let applied = try pods.pod("apply", "-f", "-", input: text)
        defer { _ = try? pods.pod("delete", "p", "--now") }
        guard applied.code == 0 else { return (applied.code, applied.error) }
        #expect(try eventually { ["Succeeded", "Failed"].contains(try pods.object("p").status.phase) })
        return (0, try pods.pod("logs", "p").output)
    }

    @Test(
        "a mountPath that links of the image lead to /proc is refused as /proc is, and one that leads to the root",
        .needsImages)
    func links() throws {
        let pods = try PodHome()
        let image = try LayeredImage(
            "links",
            [
                [
                    LayerEntry("absolute", link: "/proc"), LayerEntry("climbing", link: "../../../../proc"),
                    LayerEntry("chain", link: "one"), LayerEntry("one", link: "dir/two"), LayerEntry("dir/"),
                    LayerEntry("dir/two", link: "../proc/."), LayerEntry("dir/sys", link: "../absolute/sys"),
                    LayerEntry("root", link: "/"), LayerEntry("top", link: "dir/../../.."),
                    LayerEntry("info", link: "proc/meminfo"), LayerEntry("version", link: "/proc/version"),
                    LayerEntry("inside", link: "../../dir"),
                ]
            ], in: pods.home)
        let (top, inside) = (
            "cannot be mounted because it is not of type proc", "cannot be mounted because it is inside /proc"
        )
        for (path, words) in [
            ("/absolute", top), ("/climbing", top), ("/chain", top), ("/dir/two", top), ("dir//two/", top),
            ("/proc", top),
            ("/absolute/sys", inside), ("/dir/sys/kernel", inside), ("/chain/new", inside), ("/chain/new/er", inside),
            ("/proc/sys", inside), ("/root", "it is the container's root"), ("/top", "it is the container's root"),
            ("/root/proc", top), ("/root/absolute/sys", inside),
        ] {
            let (code, text) = try output(pods, manifest(image.name, mounts(path)))
            #expect(code == 1 && text.contains("StartError") && text.contains(words), "\(path): \(text)")
        }
        // What is a file, and what tells why a container has ended.
        for fields in [
            "volumeMounts: [{name: m, mountPath: /version, subPath: text}]",
            "volumeMounts: [{name: m, mountPath: /absolute/new, subPath: text}]",
            "terminationMessagePath: /version", "terminationMessagePath: /absolute/log",
            "terminationMessagePath: /chain/sys/log",
        ] {
            let (code, text) = try output(pods, manifest(image.name, fields))
            #expect(code == 1 && text.contains(inside), "\(fields): \(text)")
        }
        // What may lie there may be reached by links too, and links that stay inside are as good as any.
        for path in ["/info", "/proc/meminfo", "/absolute/meminfo"] {
            let fields = "volumeMounts: [{name: m, mountPath: \(path), subPath: text}]"
            let (code, text) = try output(pods, manifest(image.name, fields, command: "cat /proc/meminfo"))
            #expect(code == 0 && text == "from the map\n", "\(path): \(text)")
        }
        let (code, text) = try output(
            pods, manifest(image.name, mounts("/inside"), command: "touch /dir/x && ls /inside && ls /proc/self/comm"))
        #expect(code == 0 && text == "x\n/proc/self/comm\n", "\(text)")
    }

    @Test(
        "a volume in which another container has put a link to /proc leads there no more than the image does",
        .needsImages)
    func otherContainer() throws {
        let pods = try PodHome()
        let first =
            "  initContainers: [{name: i, image: busybox, command: [sh, -c, 'ln -s /proc /v/a; ln -s ../proc/sys /v/b'], "
            + "volumeMounts: [{name: v, mountPath: /v}]}]"
        for (path, words) in [("/v/a", "not of type proc"), ("/v/b", "inside /proc"), ("/v/a/x", "inside /proc")] {
            let fields = "volumeMounts: [{name: v, mountPath: /v}, {name: m, mountPath: \(path)}]"
            let (code, text) = try output(pods, manifest("busybox", fields, more: first))
            #expect(code == 1 && text.contains("cannot be mounted because it is \(words)"), "\(path): \(text)")
        }
    }

    @Test(
        "an image whose /proc or /sys is a link does not run, and nothing of a pod's own lies over /proc", .needsImages,
        arguments: [
            ("proc", "/p", "must be mounted on ordinary directory"),
            ("proc", "/", "must be mounted on ordinary directory"),
            ("proc", "../../etc", "must be mounted on ordinary directory"),
            ("sys", "proc", "must be mounted on ordinary directory"), ("dev", "/proc", "not of type proc"),
            ("dev", "proc/sys", "inside /proc"), ("dev", "..", "it is the container's root"),
            ("etc", "/proc", "inside /proc"),
            ("etc/hosts", "/proc/version", "inside /proc"), ("etc/resolv.conf", "../proc/1/status", "inside /proc"),
        ])
    func ownMounts(path: String, target: String, words: String) throws {
        let pods = try PodHome()
        let name = path.replacing("/", with: "-") + "-" + target.filter(\.isLetter) + "\(target.count)"
        // A folder of the layers below goes with its name.
        let image = try LayeredImage(
            name, [[LayerEntry("p/"), LayerEntry(path, link: target)]], ["Cmd": ["true"]], in: pods.home)
        for fields in ["", mounts("/p")] {
            let (code, text) = try output(pods, manifest(image.name, fields))
            #expect(code == 1 && text.contains(words), "\(path) -> \(target): \(text)")
        }
    }

    @Test("a volume goes where a link of the image leads although nothing is there yet", .needsImages)
    func dangling() throws {
        let pods = try PodHome()
        let image = try LayeredImage(
            "dangling",
            [
                [
                    LayerEntry("data", link: "/mnt/new/disk"), LayerEntry("file", link: "mnt/other/file"),
                    LayerEntry("climbs", link: "../../../../made"),
                    LayerEntry("etc/resolv.conf", link: "../run/systemd/resolv.conf"),
                    LayerEntry("loop", link: "/pool"), LayerEntry("pool", link: "loop"),
                    LayerEntry("later", link: "/data/further"),
                ]
            ], in: pods.home)
        let fields =
            "volumeMounts: [{name: v, mountPath: /data}, {name: m, mountPath: /file, subPath: text}, {name: v, mountPath: /climbs/x}]"
        let (code, text) = try output(
            pods,
            manifest(
                image.name, fields,
                command:
                    "touch /data/x; ls /mnt/new/disk /made/x; cat /mnt/other/file; test -f /run/systemd/resolv.conf && echo there"
            ))
        #expect(code == 0 && text == "/made/x:\nx\n\n/mnt/new/disk:\nx\nfrom the map\nthere\n", "\(text)")
        let (endless, why) = try output(pods, manifest(image.name, mounts("/loop")))
        #expect(endless == 1 && why.contains("ELOOP"), "\(why)")
        let (through, _) = try output(pods, manifest(image.name, mounts("/later")))
        #expect(through == 0)
    }
}
