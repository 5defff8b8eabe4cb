// The annotations by which AppArmor profiles were given before there was a field for them; the API server still takes them.

import Pods
import StrictYAML

enum AppArmorAnnotations {
    private static let prefix = "container.apparmor.security.beta.kubernetes.io/"

    static func note(_ object: ObjectFields, _ spec: PodSpec) {
        let annotations = object.node("metadata")?.mapping?["annotations"]?.mapping
        for (key, value) in annotations?.pairs ?? [] {
            guard let name = key.scalar?.string, name.hasPrefix(prefix), let profile = value.manifestText else {
                continue
            }
            func say(_ problem: String) -> String { "metadata.annotations[\(shown(name))]: \(problem)" }
            let container = String(name.dropFirst(prefix.count))
            let place = SourcePosition(key)
            if !(spec.initContainers + spec.containers).contains(where: { $0.name == container }) {
                object.reader.error(say("Invalid value: \"\(shown(container))\": container not found"), at: place)
            } else if !["runtime/default", "unconfined"].contains(profile), !profile.hasPrefix("localhost/") {
                object.reader.error(
                    say("Invalid value: \"\(shown(profile))\": invalid AppArmor profile name"), at: place)
            } else if profile != "unconfined" {
                object.reader.warning(
                    say(
                        "podlab leaves this out; in Kubernetes, the container would be confined by the AppArmor profile "
                            + shown(profile)), at: place)
            }
        }
    }
}
