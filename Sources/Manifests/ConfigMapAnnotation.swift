// The ConfigMaps of a pod's volumes, as the pod's own printed object has them.
//
// In a cluster a ConfigMap is an object that stays, so that what `kubectl get -o yaml` prints of a pod can be applied again. podlab takes
// ConfigMaps from the file of their pod and keeps none, so it prints them with the pod: where it has room for them, in an annotation.

import FoundationEssentials
import Pods

struct ConfigMapAnnotation: Equatable {
    static let key = "podlab/config-maps"

    /// The texts of each ConfigMap, as far as volumes show them.
    private(set) var maps: [String: [String: String]] = [:]

    /// What volumes have of their ConfigMaps; nil: there are none.
    init?(_ volumes: [Volume]) {
        // One that is optional and shows nothing need not be there.
        var needed: Set<String> = []
        for volume in volumes {
            guard case .configMap(let name, let files, let items, let isOptional) = volume.source else { continue }
            var data = items == nil ? files : [:]
            // The last item of a path is the one whose text is there.
            var taken: Set<String> = []
            for item in (items ?? []).reversed() {
                guard let text = files[item.file] else { continue }
                if taken.insert(item.file).inserted { data[item.key] = text }
            }
            maps[name, default: [:]].merge(data) { old, _ in old }
            if !isOptional || !files.isEmpty { needed.insert(name) }
        }
        maps = maps.filter { needed.contains($0.key) }
        // An item whose text another one of the same path has taken away: any text will do.
        for volume in volumes {
            guard case .configMap(let name, let files, let items?, _) = volume.source else { continue }
            for item in items where files[item.file] != nil && maps[name]?[item.key] == nil {
                maps[name, default: [:]][item.key] = ""
            }
        }
        if maps.isEmpty { return nil }
    }

    /// From an annotation's text.
    /// - Throws: what is wrong with it, in words.
    init(_ text: String) throws(Malformed) {
        guard let maps = try? JSONDecoder().decode([String: [String: String]].self, from: Data(text.utf8)) else {
            throw Malformed(detail: "must be ConfigMaps by name, each with its texts by key, in JSON")
        }
        for (name, data) in maps {
            if let problem = NameRule.subdomain.problem(with: name) { throw Malformed(detail: problem) }
            for key in data.keys {
                if let problem = NameRule.configKey.problem(with: key) { throw Malformed(detail: problem) }
            }
        }
        self.maps = maps
    }

    struct Malformed: Error, Equatable {
        var detail: String
    }

    var text: String {
        ObjectValue.object(maps.mapValues { .object($0.mapValues(ObjectValue.text)) }).json
    }

    /// Takes the annotation away from a pod's own; nil: there is none, or it is none, which has been said.
    static func take(from metadata: inout PodMetadata) -> ConfigMapAnnotation? {
        metadata.annotations.removeValue(forKey: key).flatMap { try? ConfigMapAnnotation($0) }
    }
}
