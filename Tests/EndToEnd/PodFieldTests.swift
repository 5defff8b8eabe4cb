// Fields of manifests and what a container has of them; what apply makes of a second manifest; which pod a name means.

import Foundation
import Glibc
import Testing

@Suite struct PodFieldTests {
    private func manifest(_ name: String, container: String, spec: String = "", metadata: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)\(metadata)}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          containers: [{name: c, image: busybox, \(container)}]
        \(spec.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))

        """
    }

    /// What a pod has printed when it is over.
    private func output(_ pods: PodHome, _ name: String, _ text: String) throws -> String {
        let applied = try pods.pod("apply", "-f", "-", input: text)
        guard applied.code == 0 else { return applied.error }
        #expect(try eventually { ["Succeeded", "Failed"].contains(try pods.object(name).status.phase) })
        return try pods.pod("logs", name).output
    }

    @Test("files of ConfigMaps in folders, relative mount paths, cut host names", .needsImages)
    func places() throws {
        let pods = try PodHome()
        let name = String(repeating: "a", count: 62) + ".b"
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {db.conf: 'y'}\n---\n"
        let text = manifest(
            name,
            container: "command: [sh, -c, 'cat /m/d/e/db.conf; ls -d /tmp/v; hostname'], "
                + "volumeMounts: [{name: v, mountPath: /m}, {name: e, mountPath: tmp/v}]",
            spec:
                "volumes:\n- {name: v, configMap: {name: cm, items: [{key: db.conf, path: d/e/db.conf}]}}\n- {name: e, emptyDir: {}}"
        )
        #expect(try output(pods, name, map + text) == "y/tmp/v\n\(name.prefix(62))\n")
        try pods.pod("delete", name)
    }

    @Test("what a container writes to its termination message file is the message of its end", .needsImages)
    func terminationMessage() throws {
        let pods = try PodHome()
        let command = "command: [sh, -c, 'ls /dev/termination-log; echo why > /dev/termination-log; exit 3']"
        #expect(try output(pods, "p", manifest("p", container: command)) == "/dev/termination-log\n")
        let path = "jsonpath={.status.containerStatuses[0].state.terminated.message}"
        #expect(try pods.pod("get", "p", "-o", path).output == "why\n")
        let own = "terminationMessagePath: /run/why, securityContext: {runAsUser: \(isRoot ? 1000 : 0)}"
        _ = try output(pods, "q", manifest("q", container: "command: [sh, -c, 'echo here > /run/why'], \(own)"))
        #expect(try pods.pod("get", "q", "-o", path).output == "here\n")
        try pods.pod("delete", "p", "q")
    }

    @Test(
        "a volume over /proc is refused as runtimes refuse it, and a limit of any size is none too many", .needsImages)
    func limits() throws {
        let pods = try PodHome()
        let text = manifest(
            "p", container: "command: [ls], volumeMounts: [{name: v, mountPath: /proc}]", spec: "volumes: [{name: v}]")
        let refused = try pods.pod("apply", "-f", "-", input: text)
        #expect(
            refused.code == 1 && refused.error.contains("cannot be mounted because it is not of type proc"),
            "\(refused)")
        let large = manifest("q", container: "command: [echo, 'yes'], resources: {limits: {cpu: 1e21}}")
        #expect(try output(pods, "q", large) == "yes\n")
        try pods.pod("delete", "p", "q")
    }

    @Test("the program that starts a container is none of the container's", .needsImages)
    func ownProgram() throws {
        let pods = try PodHome()
        for (index, command) in ["[/proc/self/exe]", "[/link]", "[/proc/thread-self/exe, x]"].enumerated() {
            let image = try LayeredImage("exe\(index)", [[LayerEntry("link", link: "/proc/self/exe")]], in: pods.home)
            let text = manifest("p\(index)", container: "command: \(command)")
                .replacingOccurrences(of: "image: busybox", with: "image: '\(image.name)'")
            let refused = try pods.pod("apply", "-f", "-", input: text)
            #expect(refused.code == 1 && refused.error.contains("permission denied"), "\(command): \(refused)")
            try pods.pod("delete", "p\(index)")
        }
        // An interpreter is opened by the kernel itself: what it gets there is sealed.
        let script = LayerEntry("run", "#!/proc/self/exe\n", mode: "0755")
        let image = try LayeredImage("script", [[script]], in: pods.home)
        let text = manifest("s", container: "command: [/run]")
            .replacingOccurrences(of: "image: busybox", with: "image: '\(image.name)'")
        let applied = try pods.pod("apply", "-f", "-", input: text)
        #expect(!applied.output.contains("podlab-init") && applied.code != 64, "\(applied)")
        try pods.pod("delete", "s", "--now")
    }

    @Test("what `get -o yaml` prints is the pod that is there, and another image is taken over", .needsImages)
    func applyAgain() throws {
        let pods = try PodHome()
        let text = PodHome.manifest("p", [("a", "exec sleep 1000"), ("b", "exec sleep 1000")])
        #expect(try pods.pod("apply", "-f", "-", input: text).code == 0)
        let own = try pods.pod("get", "p", "-o", "yaml").output
        let again = try pods.pod("apply", "-f", "-", input: own)
        #expect(again.code == 0 && again.output == "pod/p unchanged\n" && again.error == "", "\(again)")
        let image = try LayeredImage("update", [[LayerEntry("word", "new")]], in: pods.home)
        let changed = own.replacingOccurrences(of: "image: busybox\n", with: "image: \(image.name)\n")
            .replacingOccurrences(of: "imagePullPolicy: Always", with: "imagePullPolicy: IfNotPresent")
        let applied = try pods.pod("apply", "-f", "-", input: changed)
        #expect(applied.code == 0 && applied.output == "pod/p configured\n", "\(applied)")
        #expect(try eventually { try pods.pod("exec", "p", "-c", "b", "--", "cat", "/word").output == "new" })
        #expect(try eventually { try pods.object("p").status.containerStatuses.map(\.restartCount) == [1, 1] })
        let other = try pods.pod(
            "apply", "-f", "-", input: changed.replacingOccurrences(of: "sleep 1000", with: "sleep 9"))
        #expect(other.code == 1 && other.error.contains("Forbidden: pod updates may not change fields"), "\(other)")
        try pods.pod("delete", "p", "--now")
    }

    @Test(
        "what `get` prints is applied again, whatever the pod has, and makes the pod anew when it is gone", .needsImages
    )
    func printedAgain() throws {
        let pods = try PodHome()
        let text = #"""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: cm}
            data: {a.conf: "x: 'é' $(A)\n\n  y\n", b: "😀"}
            binaryData: {c: aAAK}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: p, labels: {n: "1e3"}, annotations: {note: "a: b\n#c"}}
            spec:
              terminationGracePeriodSeconds: 0
              shareProcessNamespace: true
              securityContext: {runAsGroup: 0}
              volumes:
              - {name: all, configMap: {name: cm}}
              - {name: some, configMap: {name: cm, items: [{key: b, path: d/e}]}}
              - {name: none, configMap: {name: nosuch, optional: true}}
              - {name: e, emptyDir: {medium: Memory, sizeLimit: 1.5Mi}}
              initContainers: [{name: i, image: busybox, command: ["true"]}]
              containers:
              - name: a
                image: busybox
                command: [sh, -c, "echo \"it's\"\ncat /all/a.conf /some/d/e; wc -c < /all/c; echo \"$V\"\nexec sleep 1000"]
                env: [{name: V, valueFrom: {configMapKeyRef: {name: cm, key: a.conf}}}]
                resources: {limits: {cpu: 0.3333, memory: 100.5Mi}, requests: {memory: 1e7}}
                securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                volumeMounts:
                - {name: all, mountPath: /all}
                - {name: some, mountPath: /some}
                - {name: none, mountPath: /none}
                - {name: e, mountPath: /e, subPath: sub}
              - {name: b, image: busybox, command: [sleep, "1000"], args: []}

            """#
        let other = PodHome.manifest("q", [("a", "exec sleep 1000")])
        #expect(try pods.pod("apply", "-f", "-", input: text + "---\n" + other).code == 0)
        let said = "it's\nx: 'é' $(A)\n\n  y\n😀3\nx: 'é' $(A)\n\n  y\n\n"
        #expect(try eventually { try pods.pod("logs", "p", "-c", "a").output == said })
        for format in ["yaml", "json"] {
            let one = try pods.pod("get", "p", "-o", format).output
            let applied = try pods.pod("apply", "-f", "-", input: one)
            #expect(applied.code == 0 && applied.output == "pod/p unchanged\n", "\(applied)\n\(one)")
            let list = try pods.pod("get", "-o", format).output
            let both = try pods.pod("apply", "-f", "-", input: list)
            #expect(both.code == 0 && both.output == "pod/p unchanged\npod/q unchanged\n", "\(both)\n\(list)")
            try pods.pod("delete", "--all", "--now")
            let anew = try pods.pod("apply", "-f", "-", input: list)
            #expect(anew.code == 0 && anew.output == "pod/p created\npod/q created\n", "\(anew)")
            #expect(try eventually { try pods.pod("logs", "p", "-c", "a").output == said })
        }
        try pods.pod("delete", "--all", "--now")
    }

    @Test("an unchanged pod whose container has ended well is answered at once", .needsImages)
    func completed() throws {
        let pods = try PodHome()
        for policy in ["Never", "OnFailure"] {
            let text = PodHome.manifest("p", [("a", "exit 0"), ("b", "exec sleep 1000")], policy: policy)
            #expect(try pods.pod("apply", "-f", "-", input: text).code == 0)
            #expect(try eventually { try pods.object("p").status.containerStatuses[0].state.terminated != nil })
            let again = try pods.pod("apply", "-f", "-", "--timeout", "10", input: text)
            #expect(again.code == 0 && again.output == "pod/p unchanged\n", "\(again)")
            try pods.pod("delete", "p", "--now")
        }
    }

    @Test("which container logs and exec mean, and which of two pods of one name", .needsImages)
    func names() throws {
        let pods = try PodHome()
        func text(_ namespace: String, _ annotation: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: twin, namespace: \(namespace), annotations: {\(annotation)}}
            spec:
              terminationGracePeriodSeconds: 0
              initContainers: [{name: side, image: busybox, restartPolicy: Always, command: [sleep, "1000"]}]
              containers:
              - {name: first, image: busybox, command: [sh, -c, "echo first \(namespace); exec sleep 1000"]}
              - {name: second, image: busybox, command: [sh, -c, "echo second \(namespace); exec sleep 1000"]}
            ---

            """
        }
        let both = text("one", "a: b") + text("two", "kubectl.kubernetes.io/default-container: second")
        #expect(try pods.pod("apply", "-f", "-", input: both).code == 0)
        let first = try pods.pod("logs", "twin", "-n", "one")
        #expect(
            first.output == "first one\n"
                && first.error.contains("Defaulted container \"first\" out of: side, first, second"))
        let second = try pods.pod("logs", "--namespace", "two", "twin")
        #expect(second.output == "second two\n" && second.error == "", "\(second)")
        #expect(try pods.pod("exec", "-n", "two", "twin", "--", "cat", "/proc/1/comm").code == 0)
        for arguments in [["logs", "twin"], ["exec", "twin", "--", "true"], ["delete", "twin"], ["get", "twin"]] {
            let refused = try run(
                [try pods.home.executable(), "pod"] + arguments, environment: pods.home.environment)
            #expect(
                refused.code == 1 && refused.error.contains("in the namespaces one, two: say which with -n"),
                "\(refused)")
        }
        #expect(try pods.pod("get").output.hasPrefix("NAMESPACE"))
        #expect(try pods.pod("get", "-n", "one").output.hasPrefix("NAME "))
        #expect(try pods.pod("get", "-A", "-o", "name").output == "pod/twin\npod/twin\n")
        #expect(try pods.pod("logs", "twin", "-n", "three").code == 1)
        #expect(try pods.pod("delete", "twin", "-n", "one").code == 0)
        // The only one of its name needs no namespace.
        #expect(try pods.pod("logs", "twin").output == "second two\n")
        try pods.pod("delete", "--all", "--now")
    }

    @Test(
        "describe tells of node, ports, conditions, amounts and the class of service; a missing image of the near name",
        .needsImages)
    func describe() throws {
        let pods = try PodHome()
        let text = manifest(
            "p",
            container: "command: [sleep, '1000'], ports: [{containerPort: 80}], resources: {limits: {memory: 32Mi}}")
        try pods.pod("apply", "-f", "-", input: text)
        let told = try pods.pod("describe", "p").output
        for line in [
            "Node: +node/10\\.244\\.0\\.1", "Port: +80/TCP", "memory: +32Mi", "QoS Class: +Burstable", "Ready +True",
        ] {
            #expect(told.range(of: line, options: .regularExpression) != nil, "\(line): \(told)")
        }
        let near = try pods.pod(
            "apply", "-f", "-",
            input: text.replacingOccurrences(of: "name: p", with: "name: q").replacingOccurrences(
                of: "image: busybox", with: "image: 'busybox:1.36'"))
        #expect(
            near.error.contains("(did you mean 'busybox:latest'?)") && !near.error.contains("/var/lib/podlab"),
            "\(near)")
        try pods.pod("delete", "--all", "--now")
    }

    @Test("what cannot be written is an error, whatever was asked for", .needsImages)
    func fullDisk() throws {
        let home = try Home()
        for arguments in ["image list --format json", "image list", "pod get -o json", "pod --help", "verify --help"] {
            let finished = try home.shell([], "\"$PODLAB\" \(arguments) > /dev/full")
            #expect(
                finished.code == 2 && finished.error.contains("write to standard output: ENOSPC"),
                "\(finished)")
        }
    }

    @Test(
        "errors of files are told in words, with the path", .needsPodlab,
        .enabled(if: !isRoot || access("/proc/nowhere", F_OK) != 0))
    func fileErrors() throws {
        let home = try Home()
        let finished = try home.podlab(
            "root", "build", environment: ["HOME": "/proc/nowhere", "XDG_DATA_HOME": "/proc/nowhere/data"])
        #expect(
            finished.code != 0 && !finished.error.contains("NSCocoaErrorDomain") && !finished.error.contains("Code="),
            "\(finished)")
        #expect(finished.error.contains("/proc/nowhere"), "\(finished)")
    }
}
