// The root of a node goes for the program that podlab has brought: the file of this machine stays what it is.

import Foundation
import Glibc
import KernelState
import Testing

@Suite struct NodeProgramAttackTests {
    /// A program for a root that is not this machine's: static.
    private static let attack: Result<[UInt8], TookTooLong> = {
        do {
            guard let compiler = program("clang") ?? program("cc") else {
                return .failure(TookTooLong(description: "there is no C compiler"))
            }
            let home = try Home()
            let source = Executable.checkout + "/Tests/EndToEnd/Fixtures/attacks/program.c"
            let made = try run(
                [compiler, "-static", "-O1", "-Wall", "-Werror", source, "-o", home.path + "/attack"],
                environment: home.environment)
            guard made.code == 0, let bytes = FileManager.default.contents(atPath: home.path + "/attack") else {
                return .failure(TookTooLong(description: made.error))
            }
            return .success(Array(bytes))
        } catch {
            return .failure(TookTooLong(description: "\(error)"))
        }
    }()

    private static let trouble: String? = {
        if let trouble = ImageData.trouble { return trouble }
        if case .failure(let error) = attack { return "the attack cannot be compiled: \(error)" }
        return nil
    }()

    /// The files of a folder.
    private func files(_ folder: String) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            found[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        }
        return found
    }

    /// Runs a script as the node's root, who has the attack at /tmp/attack.
    private func asRoot(of node: pid_t, _ script: String) throws -> Finished {
        let attack = Data(try Self.attack.get()).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithLineFeed,
        ])
        return try run(
            // An ordinary user is the node's root by its map; root is somebody else there and has to become it.
            ["nsenter", "--target", "\(node)", "--user", "--mount", "--pid", "--net", "--ipc", "--uts"]
                + (isRoot ? [] : ["--preserve-credentials"]) + [
                    "sh", "-c", "base64 -d > /tmp/attack && chmod 755 /tmp/attack && cd / || exit 1\n" + script,
                ], input: attack, environment: ["PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    @Test(
        "whatever the root of a node does to podlab's program, the host's is unchanged, and agents are good",
        .enabled(if: trouble == nil, Comment(rawValue: trouble ?? "")))
    func attacked() throws {
        let home = try Home()
        let folder = try home.install()
        // Nothing but how the node has them keeps anybody from them.
        for name in ["", "/podlab-node"] { #expect(chmod(folder + name, 0o777) == 0) }
        let before = try files(folder)
        let pods = try PodHome(home)
        let manifest = PodHome.manifest("p", [("c", "exec sleep 1000")])
        #expect(try pods.pod("apply", "-f", "-", input: manifest).code == 0)
        let holder = try #require(pods.holder)
        let node = try #require(
            try ProcessTable.read(fields: []).descendants(of: ProcessID(holder)).first { $0.comm == "podlab-init" })

        // The attack itself must be able to get through.
        let own = try asRoot(of: node.pid.rawValue, "cp /bin/true /tmp/own && /tmp/attack /tmp/own")
        for done in ["written", "truncated", "mode changed", "opened for writing by descriptor"] {
            #expect(own.output.contains("\(done): /tmp/own\n"), "\(own)")
        }

        // By every name, and again when the agent has ended.
        let all = "/usr/local/bin/podlab /usr/local/lib/podlab/podlab-node"
        let direct = try asRoot(
            of: node.pid.rawValue,
            "agent=$(pgrep -x podlab-kubelet) && /tmp/attack --after $agent /proc/$agent/exe /proc/1/exe \(all); echo over"
        )
        // PID 1 is a sealed file in memory, made for this playground alone. Its owner may be the root of the node, who then may change what
        // is said about it, and not a byte of it.
        let harm = direct.output.split(separator: "\n").filter { line in
            !["mode", "owner", "times"].contains { line == "\($0) changed: /proc/1/exe" }
        }
        #expect(harm == ["over"], "\(direct)")
        #expect(try eventually { try pods.object("p").isRunning })
        #expect(try files(folder) == before)

        // What is mounted is taken for one's own, and another program put in its place, by name and by mount.
        let mounts = try asRoot(
            of: node.pid.rawValue,
            """
            for options in remount,rw remount,bind,rw; do mount -o $options /usr/local/lib/podlab 2>/dev/null; done
            (: >> /usr/local/lib/podlab/new) 2>/dev/null && echo wrote into the folder
            mkdir -p /mnt/a /mnt/b
            mount --bind /usr/local/lib/podlab /mnt/a && mount -o remount,bind,rw /mnt/a
            /tmp/attack /mnt/a/podlab-node \(all)
            mount -t tmpfs t /mnt/b && mkdir /mnt/b/upper /mnt/b/work /mnt/b/root
            mount -t overlay -o lowerdir=/usr/local/lib/podlab,upperdir=/mnt/b/upper,workdir=/mnt/b/work o /mnt/b/root 2>/dev/null \
                && echo spoiled > /mnt/b/root/podlab-node
            umount -l /usr/local/lib/podlab
            ls /usr/local/lib/podlab
            mount -t tmpfs t /usr/local/lib/podlab
            printf '#!/bin/sh\\necho taken > /tmp/taken\\n' > /usr/local/lib/podlab/podlab-node
            chmod 755 /usr/local/lib/podlab/podlab-node
            rm /usr/local/bin/podlab && cp /usr/local/lib/podlab/podlab-node /usr/local/bin/podlab
            pkill -KILL -x podlab-kubelet
            echo over
            """)
        #expect(mounts.output == "over\n", "\(mounts)")
        // The next agent is podlab's own all the same.
        #expect(try eventually { try pods.object("p").isRunning })
        let taken = try asRoot(of: node.pid.rawValue, "cat /tmp/taken; readlink /proc/$(pgrep -x podlab-kubelet)/exe")
        #expect(taken.output.hasSuffix("podlab-node\n") && !taken.output.contains("taken\n"), "\(taken)")
        #expect(try files(folder) == before)
        #expect(try pods.pod("delete", "p", "--now").code == 0)

        // A node that comes later.
        #expect(try pods.pod("apply", "-f", "-", input: manifest).code == 0)
        #expect(try pods.pod("delete", "p", "--now").code == 0)
    }
}
