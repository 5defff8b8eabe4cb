// How a container ends that is to make room for another one: it is asked, as one that is deleted.

import Foundation
import Glibc
import KernelState
import Testing

@Suite struct PodEndTests {
    /// A container that notes in the pod's volume what it was asked with, and one that takes no notice.
    private func manifest(_ image: String = "busybox", grace: Int = 100) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          terminationGracePeriodSeconds: \(grace)
          volumes: [{name: v, emptyDir: {}}]
          containers:
          - name: c
            image: '\(image)'
            command: [sh, -c, 'for s in TERM QUIT USR1; do trap "echo $s >> /v/asked; exit 7" $s; done; echo up >> /v/asked; while :; do sleep 0.1; done']
            volumeMounts: [{name: v, mountPath: /v}]

        """
    }

    private func asked(_ pods: PodHome) throws -> String {
        try pods.pod("exec", "p", "--", "cat", "/v/asked").output
    }

    @Test("for another image, with SIGTERM or with what the image says, and apply waits for the new one", .needsImages)
    func image() throws {
        let pods = try PodHome()
        let quit = try LayeredImage("quit", [[LayerEntry("new", "x")]], ["StopSignal": "SIGQUIT"], in: pods.home)
        let user = try LayeredImage("user", [[LayerEntry("newer", "x")]], ["StopSignal": "10"], in: pods.home)
        try pods.pod("apply", "-f", "-", input: manifest())
        #expect(try eventually { try asked(pods) == "up\n" })
        var expected = "up\n"
        for (image, signal, file) in [
            (quit.name, "TERM", "/new"), (user.name, "QUIT", "/newer"), ("busybox", "USR1", "/bin"),
        ] {
            let applied = try pods.pod("apply", "-f", "-", input: manifest(image))
            #expect(applied.code == 0 && applied.output == "pod/p configured\n", "\(applied)")
            #expect(try pods.pod("exec", "p", "--", "ls", "-d", file).output == file + "\n")
            expected += signal + "\nup\n"
            #expect(try eventually { try asked(pods) == expected })
            #expect(try pods.object("p").status.containerStatuses[0].lastState?.terminated?.exitCode == 7)
        }
        #expect(try pods.object("p").status.containerStatuses[0].restartCount == 3)
        try pods.pod("delete", "p", "--now")
    }

    @Test("one that takes no notice is killed when the grace period is over", .needsImages)
    func deaf() throws {
        let pods = try PodHome()
        let image = try LayeredImage("deaf", [[LayerEntry("new", "x")]], in: pods.home)
        let text = PodHome.manifest("p", [("a", "exec sleep 1000")])
            .replacing("terminationGracePeriodSeconds: 0", with: "terminationGracePeriodSeconds: 2")
        try pods.pod("apply", "-f", "-", input: text)
        let began = ContinuousClock.now
        let applied = try pods.pod(
            "apply", "-f", "-", input: text.replacing("image: busybox", with: "image: '\(image.name)'"))
        #expect(applied.code == 0, "\(applied)")
        #expect(ContinuousClock.now - began >= .seconds(2))
        let container = try pods.object("p").status.containerStatuses[0]
        #expect(container.lastState?.terminated?.exitCode == 137 && container.restartCount == 1 && container.ready)
        try pods.pod("delete", "p", "--now")
    }

    @Test("when its pause was killed", .needsImages)
    func pause() throws {
        let pods = try PodHome()
        try pods.pod("apply", "-f", "-", input: manifest())
        #expect(try eventually { try asked(pods) == "up\n" })
        let pause = try #require(try pods.processes(named: "pause").first)
        #expect(kill(pause.pid.rawValue, SIGKILL) == 0)
        #expect(try eventually { try asked(pods) == "up\nTERM\nup\n" })
        #expect(try pods.object("p").status.containerStatuses[0].lastState?.terminated?.exitCode == 7)
        try pods.pod("delete", "p", "--now")
    }

    @Test("when its pod is deleted while an init container runs", .needsImages)
    func initContainer() throws {
        let pods = try PodHome()
        let text =
            manifest().replacing("  containers:", with: "  initContainers:")
            + "  containers: [{name: d, image: busybox, command: [sleep, '1000']}]\n"
        try pods.pod(
            "apply", "--no-wait", "-f", "-", input: text.replacing("emptyDir: {}", with: "hostPath: {path: /tmp}"))
        #expect(try eventually { try pods.pod("exec", "p", "-c", "c", "--", "cat", "/v/asked").output == "up\n" })
        // Another pod keeps the node, on which the note lies.
        try pods.pod(
            "apply", "-f", "-",
            input: PodHome.manifest(
                "q", [("a", "exec sleep 1000")],
                more: "      volumeMounts: [{name: v, mountPath: /v}]\n  volumes: [{name: v, hostPath: {path: /tmp}}]\n"
            ))
        #expect(try pods.pod("delete", "p").code == 0)
        #expect(try pods.pod("exec", "q", "--", "cat", "/v/asked").output == "up\nTERM\n")
        try pods.pod("delete", "q", "--now")
    }
}
