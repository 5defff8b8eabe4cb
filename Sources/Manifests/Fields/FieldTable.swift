// Which fields an object of the Kubernetes API has, and what becomes of each.

/// The fields of one kind of object. A field that stands in neither list is one that Kubernetes does not know.
struct FieldTable: Sendable {
    /// The object's name in the API reference: `Container`.
    var name: String
    /// What podlab reads.
    var read: [String]
    /// What Kubernetes has and podlab has not, each with what it would do there: words that go on from "in Kubernetes,".
    var absent: [String: String] = [:]
    /// What is no matter here as it is none in a manifest for Kubernetes: what the API server writes itself.
    var ignored: Set<String> = []
    /// Of fields of which only the names are looked at: those of the objects in them.
    var parts: [String: FieldTable] = [:]

    var all: [String] { read + absent.keys.sorted() }

    /// The object that a field belongs to which stands in another one, because its line is indented wrongly.
    static func home(of field: String) -> FieldTable? {
        [.container, .podSpec, .metadata, .port, .volumeMount, .resources, .containerSecurityContext].first {
            $0.all.contains(field)
        }
    }
}

/// The fields come from the API reference of `v1`.
extension FieldTable {
    /// Of the API reference.
    static let version = "1.34"

    static let object = FieldTable(name: "object", read: ["apiVersion", "kind", "metadata"])

    static let pod = FieldTable(name: "Pod", read: ["apiVersion", "kind", "metadata", "spec"], ignored: ["status"])

    /// A client takes a list apart, so nobody looks at the rest of it.
    static let list = FieldTable(
        name: "List", read: ["apiVersion", "kind", "items", "metadata"], ignored: ["resourceVersion", "selfLink"])

    static let listMetadata = FieldTable(
        name: "ListMeta", read: ["resourceVersion", "selfLink", "continue", "remainingItemCount"])

    static let configMap = FieldTable(
        name: "ConfigMap", read: ["apiVersion", "kind", "metadata", "data", "binaryData"],
        absent: ["immutable": "the data of the ConfigMap could not be changed any more"])

    static let metadata = FieldTable(
        name: "ObjectMeta", read: ["name", "namespace", "labels", "annotations", "generateName"],
        absent: [
            "ownerReferences": "the pod would be deleted together with its owner",
            "finalizers": "a deleted object would stay until each finalizer was taken off",
        ],
        ignored: [
            "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields", "selfLink",
        ])
}
