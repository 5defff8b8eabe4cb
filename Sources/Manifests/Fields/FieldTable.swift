// Which fields an object of the Kubernetes API has, and what becomes of each.

/// The fields of one kind of object. A field that stands in neither list is one that Kubernetes does not know.
struct FieldTable: Sendable {
    /// The object's name in the API reference: `Container`.
    var name: String
    /// What podlab reads.
    var read: [String]
    /// What Kubernetes has and podlab has not, each with what it would do there: words that go on from "in Kubernetes,".
    var absent: [String: String] = [:]
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

/// The fields come from the API reference of `v1`, Kubernetes 1.34.
extension FieldTable {
    static let object = FieldTable(name: "object", read: ["apiVersion", "kind", "metadata"])

    static let pod = FieldTable(
        name: "Pod", read: ["apiVersion", "kind", "metadata", "spec"],
        absent: [
            "status": "the status of a manifest is ignored as well: it is what the kubelet reports"
        ])

    static let list = FieldTable(name: "List", read: ["apiVersion", "kind", "items", "metadata"])

    static let listMetadata = FieldTable(
        name: "ListMeta", read: ["resourceVersion", "selfLink", "continue", "remainingItemCount"])

    static let configMap = FieldTable(
        name: "ConfigMap", read: ["apiVersion", "kind", "metadata", "data", "binaryData"],
        absent: ["immutable": "the data of the ConfigMap could not be changed any more"])

    static let metadata = FieldTable(
        name: "ObjectMeta", read: ["name", "namespace", "labels", "annotations", "generateName"],
        absent: [
            "uid": serverOwned, "resourceVersion": serverOwned, "generation": serverOwned,
            "creationTimestamp": serverOwned, "deletionTimestamp": serverOwned,
            "deletionGracePeriodSeconds": serverOwned, "managedFields": serverOwned,
            "selfLink": serverOwned,
            "ownerReferences": "the pod would be deleted together with its owner",
            "finalizers": "a deleted object would stay until each finalizer was taken off",
        ])

    private static let serverOwned = "the API server sets this itself"
}
