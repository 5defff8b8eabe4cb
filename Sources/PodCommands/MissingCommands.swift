// What kubectl has and podlab has not, each with what does as well.

enum MissingCommands {
    /// By the command of kubectl.
    private static let instead = [
        "port-forward": "a pod's address (podlab pod get -o wide) is reached from the node and from other pods",
        "cp": "podlab pod exec -i POD -- sh -c 'cat > FILE' < FILE copies a file into a container",
        "edit": "podlab pod get POD -o yaml > FILE, change the file, podlab pod apply -f FILE",
        "attach":
            "podlab pod logs -f POD shows what a container writes, and podlab pod exec -it POD -- sh is a shell in it",
        "wait":
            "apply waits until the containers have started, delete until they have ended; podlab pod get -w shows changes",
        "top": "on the node, top shows the processes of all pods",
        "label": "labels change in the manifest, with podlab pod apply -f FILE",
        "annotate": "annotations change in the manifest, with podlab pod apply -f FILE",
        "patch": "what may change of a pod changes in the manifest, with podlab pod apply -f FILE",
        "expose": "there are no services; a pod is reached at its address (podlab pod get -o wide)",
        "debug": "podlab pod describe POD and podlab pod logs POD tell; podlab pod exec -it POD -- sh is a shell in it",
        "explain": "docs/pods.md says which fields of pods are read",
    ]

    /// What is to be said to whoever types one of them; nil: it is none.
    static func answer(to words: [String]) -> String? {
        guard words.count > 1, words[0] == "pod", let instead = instead[words[1]] else { return nil }
        return "error: podlab has no `pod \(words[1])`: \(instead)"
    }
}
