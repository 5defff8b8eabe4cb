// The words by which kubectl names pods, and those that choose some of them.

import ArgumentParser
import Kubelet
import Manifests
import Pods

/// `pod NAME`, `pods`, `po/NAME`, which all mean pods here.
enum PodWords {
    private static let types: Set = ["pod", "pods", "po"]

    /// What else is in a cluster, in words that hardly are a pod's name.
    private static let others: Set = [
        "cm", "configmaps", "cronjobs", "daemonsets", "deploy", "deployments", "ds", "ev", "events", "ing", "ingresses",
        "jobs", "namespaces", "no", "nodes", "ns", "persistentvolumeclaims", "pv", "pvc", "replicasets", "rs", "sa",
        "secrets", "serviceaccounts", "services", "statefulsets", "sts", "svc",
    ]

    /// The names among the words. Whoever has called a pod `po` gets it by that name alone.
    /// - Throws: `Refusal` for words that name something else than pods.
    static func names(_ words: [String], there: [Pod]) throws -> [String] {
        let known = Set(there.map(\.spec.name))
        var words = words[...]
        if let first = words.first, !known.contains(first) || words.count > 1 {
            if types.contains(first) { words.removeFirst() }
            if first == "all", !known.contains(first), words.count == 1 { words.removeFirst() }
            if others.contains(first), !known.contains(first) { throw Self.refusal(first) }
        }
        return try words.map(plain)
    }

    /// The name in `pod/NAME`.
    static func plain(_ word: String) throws -> String {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return word }
        guard types.contains(String(parts[0])) else { throw Self.refusal(String(parts[0])) }
        return String(parts[1])
    }

    /// The words of a command line, with `-ojsonpath=TEMPLATE` and `-lapp=web` as two: what has an equals sign in it is never glued to the
    /// argument parser. What stands behind `--` is somebody else's.
    static func separated(_ words: [String]) -> [String] {
        guard words.count > 1, words[0] == "pod", ["get", "describe", "delete", "run"].contains(words[1]) else {
            return words
        }
        let own = words.prefix { $0 != "--" }
        return own.flatMap { word in
            let isGlued = word.hasPrefix("-ojsonpath=") || (word.hasPrefix("-l") && word.contains("="))
            return isGlued ? [String(word.prefix(2)), String(word.dropFirst(2))] : [word]
        } + words.dropFirst(own.count)
    }

    /// Whether these words name no pod, but pods.
    static func isType(_ words: [String]) -> Bool { words.count == 1 && types.contains(words[0]) }

    private static func refusal(_ type: String) -> Refusal {
        Refusal(.badRequest, "error: podlab has pods, and no resource type \"\(type)\"")
    }
}

/// Which pods of all.
struct PodChoice: ParsableArguments {
    @OptionGroup var place: NamespaceOptions
    @Option(
        name: [.customShort("l", allowingJoined: true), .customLong("selector")],
        help: ArgumentHelp("Those whose labels fit: app=web,tier!=db.", valueName: "selector"))
    var selector: String?

    /// Those of the namespace and the selector.
    func chosen(of pods: [Pod]) throws -> [Pod] {
        let selector: LabelSelector?
        do { selector = try self.selector.map { try LabelSelector($0) } } catch let error as LabelSelector.Malformed {
            throw Refusal(.badRequest, error.description)
        }
        return pods.filter { pod in
            (place.namespace == nil || pod.spec.metadata.namespace == place.namespace)
                && selector?.fits(pod.spec.metadata.labels) ?? true
        }
    }

    /// - Throws: `Refusal`: a name and a selector exclude each other, as with kubectl.
    func check(_ names: [String]) throws {
        guard selector == nil || names.isEmpty else {
            throw Refusal(.badRequest, "error: name cannot be provided when a selector is specified")
        }
    }
}
