// Pods from manifests, outside and inside a playground: what kubectl would show, and what the kernel has.

import Foundation
import Glibc
import KernelState
import Testing

@Suite struct PodTests {
    @Test("a manifest of the course runs, is told of, logs, is entered and goes", .needsImages)
    func coreK8s() throws {
        let pods = try PodHome()
        let applied = try pods.pod("apply", "-f", PodHome.fixture("core-k8s"))
        #expect(applied.code == 0 && applied.output == "pod/core-k8s created\n", "\(applied)")
        let object = try pods.object("core-k8s")
        #expect(object.isRunning && object.status.podIP?.hasPrefix("10.244.0.") == true)
        #expect(object.status.hostIP == "10.244.0.1")
        let table = try pods.pod("get")
        let lines = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"])
        #expect(lines.dropFirst().first?.prefix(4) == ["core-k8s", "1/1", "Running", "0"])
        #expect(try pods.pod("get", "-o", "jsonpath={.items[0].status.phase}").output == "Running")
        #expect(try pods.pod("apply", "-f", PodHome.fixture("core-k8s")).output == "pod/core-k8s unchanged\n")

        let inside = try pods.pod("exec", "core-k8s", "--", "sh", "-c", "hostname; cat; exit 3", input: "typed")
        #expect(inside.code == 3 && inside.output == "core-k8s\n", "\(inside)")
        #expect(inside.error.contains("command terminated with exit code 3"))
        let typed = try pods.pod("exec", "-i", "core-k8s", "--", "cat", input: "typed")
        #expect(typed.code == 0 && typed.output == "typed", "\(typed)")
        #expect(try pods.pod("exec", "core-k8s", "--", "nosuch").code == 127)
        #expect(try pods.pod("logs", "core-k8s").output == "")

        #expect(try pods.processes(named: "pause").count == 1)
        #expect(try pods.processes(named: "sleep").count == 1)
        let holder = try #require(pods.holder)
        let deleted = try pods.pod("delete", "core-k8s", "--now")
        #expect(deleted.code == 0 && deleted.output == "pod \"core-k8s\" deleted\n", "\(deleted)")
        // The last pod takes the node with it.
        #expect(eventually { ProcessState.read(ProcessID(holder), fields: []).map(\.isZombie) ?? true })
        #expect(pods.home.sessions.isEmpty)
        #expect(try pods.home.clean().output == "nothing to remove\n")
    }

    @Test("a container that exceeds its memory is OOMKilled", .needsImages, .needsCgroups)
    func greedy() throws {
        let pods = try PodHome()
        let applied = try pods.pod("apply", "-f", PodHome.fixture("core-k8s-greedy"))
        #expect(applied.code == 0 && applied.error == "", "\(applied)")
        #expect(try pods.object("core-k8s-greedy").isRunning)
        // More than 200 MiB inside is killed; less is not.
        #expect(try pods.pod("exec", "core-k8s-greedy", "--", "greedy", "100").code == 0)
        #expect(try pods.pod("exec", "core-k8s-greedy", "--", "greedy", "300").code == 137)
        let limits = "      resources: {limits: {memory: 200Mi}}"
        let manifest = PodHome.manifest(
            "hungry", [("c", "exec greedy 300")], policy: "Never", resources: limits)
        try pods.pod("apply", "-f", "-", input: manifest)
        #expect(try eventually { try pods.object("hungry").status.phase == "Failed" })
        let end = try pods.object("hungry").status.containerStatuses[0].state.terminated
        #expect(end?.reason == "OOMKilled" && end?.exitCode == 137)
        #expect(try pods.pod("get", "hungry").output.contains("OOMKilled"))
        try pods.pod("delete", "--all", "--now")
    }

    @Test(
        "without a delegated cgroup a limit is a warning, and the pod runs", .needsImages,
        .enabled(if: geteuid() == 0, "needs root, to be a user to whom nothing is delegated"))
    func notDelegated() throws {
        let home = try Home()
        let user: uid_t = 1_900_000_019
        for folder in [home.path, home.path + "/run"] { #expect(chown(folder, user, user) == 0) }
        let setpriv = ["setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"]
        let own = ["XDG_DATA_HOME": home.path + "/data"]
        defer { _ = try? home.shell(setpriv, "\"$PODLAB\" node stop", environment: own) }
        let applied = try home.shell(
            setpriv,
            "\"$PODLAB\" root build >/dev/null && \"$PODLAB\" image build busybox >/dev/null"
                + " && \"$PODLAB\" pod apply -f \(PodHome.fixture("core-k8s-greedy"))", environment: own)
        #expect(applied.code == 0 && applied.output.contains("pod/core-k8s-greedy created"), "\(applied)")
        #expect(applied.error.contains("Warning: core-k8s-greedy: "), "\(applied)")
        let got = try home.shell(setpriv, "\"$PODLAB\" pod get", environment: own)
        #expect(got.output.contains("Running"), "\(got)")
        #expect(try home.shell(setpriv, "\"$PODLAB\" pod delete --all --now", environment: own).code == 0)
    }

    @Test("inside a playground the pods are the playground's", .needsImages)
    func inside() throws {
        let home = try Home()
        let manifest = try String(contentsOfFile: PodHome.fixture("core-k8s"), encoding: .utf8)
        let script = """
            set -e
            cat > /tmp/pod.yaml <<'END'
            \(manifest.split(separator: "\n").joined(separator: "\n"))
            END
            podlab pod apply -f /tmp/pod.yaml
            podlab pod get core-k8s -o name
            podlab pod exec core-k8s -- hostname
            ps -e | grep -c '[p]ause'
            podlab pod delete core-k8s --now
            podlab pod get
            """
        let finished = try home.podlab("run", "--", "sh", "-c", script)
        #expect(finished.code == 0, "\(finished)")
        #expect(
            finished.output == "pod/core-k8s created\npod/core-k8s\ncore-k8s\n1\npod \"core-k8s\" deleted\n",
            "\(finished)")
        #expect(finished.error.contains("No resources found in default namespace."))
        #expect(home.sessions.isEmpty)
    }

    @Test("what ends is started again, with a back-off that is told of", .needsImages)
    func restarts() throws {
        let pods = try PodHome()
        let scale = ["PODLAB_TIME_SCALE": "60"]
        let manifest = PodHome.manifest("crash", [("c", "echo run; exit 5"), ("d", "exec sleep 1000")])
        try pods.pod("apply", "-f", "-", input: manifest, environment: scale)
        #expect(
            try eventually {
                try pods.object("crash").status.containerStatuses[0].state.waiting?.reason == "CrashLoopBackOff"
            })
        #expect(try eventually { try pods.object("crash").status.containerStatuses[0].restartCount >= 3 })
        let container = try pods.object("crash").status.containerStatuses
        #expect(container[0].lastState?.terminated?.exitCode == 5)
        #expect(container[1].ready && container[1].restartCount == 0)
        #expect(try pods.pod("logs", "crash", "-c", "c", "--previous").output == "run\n")
        try pods.pod("delete", "crash", "--now")
    }

    @Test("a pause that is killed costs every container a restart, and the pod keeps its name", .needsImages)
    func pauseKilled() throws {
        let pods = try PodHome()
        let manifest = PodHome.manifest("p", [("a", "exec sleep 1000"), ("b", "exec sleep 1000")])
        try pods.pod("apply", "-f", "-", input: manifest)
        let before = try pods.object("p")
        let pause = try #require(try pods.processes(named: "pause").first)
        #expect(kill(pause.pid.rawValue, SIGKILL) == 0)
        #expect(
            try eventually {
                let now = try pods.object("p")
                return now.isRunning && now.status.containerStatuses.map(\.restartCount) == [1, 1]
            })
        #expect(try pods.object("p").metadata.uid == before.metadata.uid)
        let after = try pods.processes(named: "pause")
        #expect(after.count == 1 && after[0].identity != pause.identity)
        #expect(try pods.processes(named: "sleep").count == 2)
        try pods.pod("delete", "p", "--now")
    }

    @Test("a command that does not exist is RunContainerError, an image that is missing ErrImagePull", .needsImages)
    func notStarted() throws {
        let pods = try PodHome()
        let command = """
            apiVersion: v1
            kind: Pod
            metadata: {name: nosuch}
            spec:
              containers: [{name: c, image: busybox, command: [nosuch]}]
            """
        let applied = try pods.pod("apply", "-f", "-", input: command)
        #expect(applied.code == 1 && applied.output == "pod/nosuch created\n", "\(applied)")
        #expect(applied.error.contains("RunContainerError"), "\(applied)")
        #expect(applied.error.contains("exec: \"nosuch\": executable file not found in $PATH"), "\(applied)")
        let image = command.replacingOccurrences(of: "name: nosuch", with: "name: noimage")
            .replacingOccurrences(of: "image: busybox", with: "image: nosuchimage")
        let missing = try pods.pod("apply", "-f", "-", input: image)
        #expect(missing.code == 1 && missing.error.contains("ErrImagePull"), "\(missing)")
        // A second later it says that it waits before it tries again.
        #expect(try pods.pod("get", "noimage").output.contains(/ErrImagePull|ImagePullBackOff/))
        #expect(
            try pods.pod("logs", "noimage").error.contains(/is waiting to start: (ErrImagePull|ImagePullBackOff)/))
        try pods.pod("delete", "--all", "--now")
    }

    @Test("logs: the last lines, both containers, to the end of what is followed", .needsImages)
    func logs() throws {
        let pods = try PodHome()
        let manifest = PodHome.manifest(
            "l", [("a", "for i in 1 2 3; do echo out $i; done; echo end >&2"), ("b", "sleep 1; echo late")],
            policy: "Never")
        try pods.pod("apply", "-f", "-", input: manifest)
        let followed = try pods.pod("logs", "-f", "l", "-c", "b")
        #expect(followed.code == 0 && followed.output == "late\n", "\(followed)")
        let first = try pods.pod("logs", "l")
        #expect(first.error.contains("Defaulted container \"a\" out of: a, b"))
        #expect(first.output == "out 1\nout 2\nout 3\nend\n")
        #expect(try pods.pod("logs", "l", "-c", "a", "--tail", "2").output == "out 3\nend\n")
        #expect(try eventually { try pods.object("l").status.phase == "Succeeded" })
        #expect(try pods.pod("get").output.contains("Completed"))
        #expect(
            try pods.pod("exec", "l", "--", "true").error.contains("cannot exec into a container in a completed pod"))
        try pods.pod("delete", "l")
    }

    @Test("exec -it is a terminal of the container, of the person's size and with the person's keys", .needsImages)
    func terminal() throws {
        let pods = try PodHome()
        try pods.pod("apply", "-f", PodHome.fixture("core-k8s"))
        let keyboard = try Keyboard(
            [try pods.home.executable(), "pod", "exec", "-it", "core-k8s", "--", "sh"],
            environment: pods.home.environment, rows: 33, columns: 99)
        try keyboard.expect("/ # ")
        try keyboard.press("tty; stty size; echo $TERM\r")
        try keyboard.expect("/dev/pts/0\r\n33 99\r\nxterm\r\n")
        // The program in the foreground prints it itself: a key that comes before the shell has started one is the shell's.
        try keyboard.press("sh -c 'echo g\"\"o; exec sleep 1000'\r")
        try keyboard.expect("go\r\n")
        try keyboard.press("\u{3}")
        // The shell's own line editor takes the keys from here on.
        try keyboard.expect("/ # ")
        try keyboard.press("echo code-$?\r")
        try keyboard.expect("code-130")
        try keyboard.press("exit 4\r")
        #expect(try keyboard.wait() == 4)
        #expect(keyboard.isRestored)
        try pods.pod("delete", "core-k8s", "--now")
    }

    @Test(
        "an agent that was killed in a playground is started again by the next command, and its pods with it",
        .needsImages)
    func agentKilledInside() throws {
        let home = try Home()
        let manifest = PodHome.manifest("p", [("a", "exec sleep 1000"), ("b", "exec sleep 1000")])
        let script = """
            cat > /tmp/pod.yaml <<'END'
            \(manifest.split(separator: "\n").joined(separator: "\n"))
            END
            podlab pod apply -f /tmp/pod.yaml || exit 1
            pkill -9 -x podlab-kubelet
            while pgrep -x pause >/dev/null; do :; done
            until [ "$(podlab pod get p -o jsonpath='{.status.containerStatuses[*].ready}')" = "true true" ]; do :; done
            podlab pod get p -o jsonpath='{.status.containerStatuses[*].restartCount}'
            podlab pod delete p
            ls /run/podlab/pods /var/lib/podlab/pods /var/log/pods
            """
        let finished = try home.podlab("run", "--", "sh", "-c", script)
        #expect(finished.code == 0, "\(finished)")
        #expect(finished.output.contains("1 1"), "\(finished)")
        #expect(
            finished.output.hasSuffix(
                "pod \"p\" deleted\n/run/podlab/pods:\n\n/var/lib/podlab/pods:\n\n/var/log/pods:\n"),
            "\(finished)")
    }

    @Test("whoever is root on a node can write neither to the user's images nor to podlab itself", .needsImages)
    func hostIsOutOfReach() throws {
        let home = try Home()
        let script = """
            for options in remount,rw remount,bind,rw; do
                mount -o $options /var/lib/podlab/images
                touch /var/lib/podlab/images/changed && echo wrote to the images
            done
            umount /var/lib/podlab/images
            ls /var/lib/podlab/images/oci-layout && touch /var/lib/podlab/images/oci-layout && echo wrote beneath
            (: >> /usr/local/bin/podlab) && echo wrote to podlab
            echo over
            """
        let finished = try home.podlab("run", "--", "bash", "-c", script)
        #expect(finished.output == "over\n", "\(finished)")
    }

    @Test("wrong usage is 64, what is not there is 1, and neither starts a node", .needsPodlab)
    func badInput() throws {
        let pods = try PodHome()
        for arguments in [
            ["pod"], ["pod", "apply"], ["pod", "delete"], ["pod", "delete", "a", "--all"], ["pod", "exec", "a"],
            ["pod", "logs"], ["pod", "delete", "a", "--now", "--grace-period", "3"],
            ["pod", "exec", "-x", "a", "--", "true"], ["node"],
        ] {
            let finished = try run([try pods.home.executable()] + arguments, environment: pods.home.environment)
            #expect(finished.code == 64, "\(arguments): \(finished)")
        }
        for arguments in [["get", "a"], ["logs", "a"], ["exec", "a", "--", "true"], ["delete", "a"]] {
            let finished = try run(
                [try pods.home.executable(), "pod"] + arguments, environment: pods.home.environment)
            #expect(finished.code == 1, "\(arguments): \(finished)")
            #expect(finished.error == "Error from server (NotFound): pods \"a\" not found\n", "\(finished)")
        }
        let none = try pods.pod("get")
        #expect(none.code == 0 && none.error == "No resources found in default namespace.\n", "\(none)")
        let missing = try pods.pod("apply", "-f", "/nosuch.yaml")
        #expect(missing.code == 1 && missing.output == "", "\(missing)")
        let broken = try pods.pod("apply", "-f", "-", input: "apiVersion: v1\nkind: Pod\n\tx: 1\n")
        #expect(broken.code == 1 && broken.output == "", "\(broken)")
        #expect(pods.home.sessions.isEmpty)
    }
}
