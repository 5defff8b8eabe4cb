// What people type who know kubectl.

import Foundation
import Testing

@Suite struct PodHabitTests {
    private func pod(_ pods: PodHome, _ line: String, input: String = "") throws -> Finished {
        try run(
            [try pods.home.executable(), "pod"] + line.split(separator: " ").map(String.init), input: input,
            environment: pods.home.environment, directory: pods.home.path)
    }

    private func manifest(_ name: String, _ more: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {app: \(name), tier: front}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - {name: c, image: busybox, command: [sh, -c, 'echo \(name) c; exec sleep 1000']}
          - {name: d, image: busybox, command: [sh, -c, 'echo \(name) d; exec sleep 1000']}
        \(more)

        """
    }

    @Test("pods are named with their type, glued options are read, rows are chosen and shortened", .needsImages)
    func words() throws {
        let pods = try PodHome()
        for name in ["p", "q"] { try pods.pod("apply", "-f", "-", input: manifest(name)) }
        for (line, names) in [
            ("get pods", ["p", "q"]), ("get po", ["p", "q"]), ("get all", ["p", "q"]), ("get pod p", ["p"]),
            ("get pods p q", ["p", "q"]), ("get pod/p po/q", ["p", "q"]), ("get pods/q", ["q"]),
            ("get -l app=q", ["q"]),
            ("get pods --selector tier=front,app!=q", ["p"]), ("get pod -lapp=p", ["p"]),
            ("get -ndefault", ["p", "q"]),
        ] {
            let got = try pod(pods, line + " --no-headers")
            #expect(
                got.code == 0
                    && got.output.split(separator: "\n").map { $0.split(separator: " ").first.map(String.init) }
                        == names,
                "\(line): \(got)")
        }
        #expect(try pod(pods, "get pods -owide").output.contains("NOMINATED NODE"))
        #expect(try pod(pods, "get pod p -ojsonpath={.metadata.name}").output == "p")
        #expect(try pod(pods, "get pods --show-labels").output.contains("LABELS\n"))
        #expect(try pod(pods, "get pods --show-labels").output.contains("app=p,tier=front\n"))
        #expect(try pod(pods, "describe pod p").output.hasPrefix("Name:             p\n"))
        #expect(try pod(pods, "describe po/q").output.hasPrefix("Name:             q\n"))
        #expect(try pod(pods, "get -l app=none").error == "No resources found in default namespace.\n")
        for (line, words) in [
            ("get pods p -l app=p", "name cannot be provided when a selector is specified"),
            ("get svc", "no resource type \"svc\""),
            ("get deploy/x", "no resource type \"deploy\""), ("get pods nosuch", "pods \"nosuch\" not found"),
            ("get -l a=b=c=d!", "unable to parse requirement"), ("delete pods", "no name was specified"),
            ("get -w -o json", "--watch shows a table only"),
        ] {
            let refused = try pod(pods, line)
            #expect(refused.code == 1 && refused.error.contains(words), "\(line): \(refused)")
        }
        #expect(try pod(pods, "exec pod/p -- echo there").output == "there\n")
        // Logs.
        #expect(try eventually { try pod(pods, "logs p --all-containers").output == "p c\np d\n" })
        for (line, said) in [
            ("logs p d", "p d\n"), ("logs pod/q -cd --tail=1", "q d\n"), ("logs p c --since 1h", "p c\n"),
            ("logs p c --since=0s", ""),
        ] {
            #expect(try pod(pods, line).output == said, "\(line)")
        }
        for line in ["logs p c --since 5", "logs p c d", "logs", "logs p c -c d"] {
            #expect(try pod(pods, line).code == 64, "\(line)")
        }
        #expect(try pod(pods, "delete pod p --force --grace-period=0").output == "pod \"p\" deleted\n")
        #expect(try pod(pods, "delete pods -l app=q --force").output == "pod \"q\" deleted\n")
        #expect(try pod(pods, "delete pod nosuch --ignore-not-found").code == 0)
    }

    @Test("several files and folders are one manifest; create refuses what is there; run needs none", .needsImages)
    func making() throws {
        let pods = try PodHome()
        let volume = "  volumes: [{name: v, configMap: {name: cm}}]"
        try pods.home.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: b}\n", to: "d/cm.yaml")
        try pods.home.write(manifest("p", volume), to: "d/a.yml")
        try pods.home.write(manifest("q"), to: "d/e/q.json.yaml")
        let both = try pod(pods, "create -f d/a.yml -f d/cm.yaml")
        #expect(both.code == 0 && both.output == "pod/p created\n", "\(both)")
        let again = try pod(pods, "create -fd")
        #expect(again.code == 1 && again.error.contains("(AlreadyExists): pods \"p\" already exists"), "\(again)")
        let folder = try pod(pods, "apply -R -f d")
        #expect(folder.code == 0 && folder.output == "pod/p unchanged\npod/q created\n", "\(folder)")
        let ran = try pod(
            pods, "run r --image busybox --env A=b=c --port 80 --restart=Never --labels x=y --command -- sh -c env")
        #expect(ran.code == 0 && ran.output == "pod/r created\n", "\(ran)")
        #expect(try eventually { try pods.object("r").status.phase == "Succeeded" })
        #expect(try pod(pods, "logs r").output.contains("A=b=c\n"))
        #expect(try pod(pods, "get r --show-labels").output.contains("x=y\n"))
        let wrong = try pod(pods, "run R_ --image busybox")
        #expect(wrong.code == 1 && wrong.error.contains("metadata.name: Invalid value"), "\(wrong)")
        for line in ["port-forward p 80:80", "cp a p:/b", "edit pod p", "wait --for=condition=Ready pod/p"] {
            let missing = try pod(pods, line)
            #expect(missing.code == 1 && missing.error.contains("podlab has no `pod "), "\(missing)")
        }
        #expect(try pod(pods, "delete -f d -R --now").output == "pod \"p\" deleted\npod \"q\" deleted\n")
        try pods.pod("delete", "--all", "--now")
    }

    @Test("get -w has a row for each change, and ends with the node", .needsImages)
    func watching() throws {
        let pods = try PodHome()
        try pods.pod("apply", "-f", "-", input: manifest("p"))
        let watching = try Running(
            [try pods.home.executable(), "pod", "get", "-w"], environment: pods.home.environment)
        try watching.expect("Running")
        try pods.pod("apply", "-f", "-", input: manifest("q"))
        try watching.expect("q ")
        try pods.pod("delete", "--all", "--now")
        let ended = try watching.wait()
        #expect(ended.code == 0)
        // Whoever comes later stands in the columns of those before.
        let lines = ended.output.split(separator: "\n")
        let column = lines.first?.firstRange(of: "READY").map { $0.lowerBound.utf16Offset(in: lines[0]) } ?? 0
        let later = try #require(lines.first { $0.hasPrefix("q ") })
        #expect(later.dropFirst(column).prefix(3).wholeMatch(of: /\d\/2/) != nil, "\(ended)")
    }

    @Test("a pod whose containers are over has no use for its sidecar", .needsImages)
    func sidecar() throws {
        let pods = try PodHome()
        let text = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 100
              volumes: [{name: v, hostPath: {path: /tmp}}]
              initContainers:
              - {name: side, image: busybox, restartPolicy: Always, volumeMounts: [{name: v, mountPath: /v}],
                 command: [sh, -c, 'trap "echo asked; exit 9" TERM; touch /v/up; while :; do sleep 0.1; done']}
              containers:
              - {name: c, image: busybox, volumeMounts: [{name: v, mountPath: /v}],
                 command: [sh, -c, 'until [ -e /v/up ]; do sleep 0.1; done']}
            """
        try pods.pod("apply", "-f", "-", input: text)
        #expect(try eventually { try pods.object("p").status.phase == "Succeeded" })
        #expect(try pods.pod("get", "p").output.contains("Completed"))
        #expect(try pods.pod("logs", "p", "-c", "side").output == "asked\n")
        try pods.pod("delete", "p", "--now")
    }
}
