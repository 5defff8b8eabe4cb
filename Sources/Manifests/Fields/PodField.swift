// A field of a pod that podlab has: how it comes from a manifest and how it is printed are one row of a table.

import Pods
import StrictYAML

/// One field of an object of the API, and the part of `Whole` that it is.
struct PodField<Whole>: Sendable {
    let name: String
    /// When it is read, among the fields of its object.
    let turn: Turn
    /// Reads it, and notes whatever is wrong; what is not there leaves the default.
    let read: @Sendable (ObjectFields, PodContext, inout Whole) -> Void
    /// Nil: `get` does not print it, because it is what everybody has.
    let printed: @Sendable (Whole) -> ObjectValue?

    /// Fields are read in the order of their table, but for these.
    enum Turn: Sendable, CaseIterable {
        /// Others refer to it.
        case first
        case usual
        /// It refers to others.
        case last
    }

    init(
        _ name: String, turn: Turn = .usual,
        read: @escaping @Sendable (ObjectFields, PodContext, inout Whole) -> Void = { _, _, _ in },
        printed: @escaping @Sendable (Whole) -> ObjectValue? = { _ in nil }
    ) {
        self.name = name
        self.turn = turn
        self.read = read
        self.printed = printed
    }
}

/// A part of a pod that is an object of the API.
protocol PodObject: Sendable {
    /// All its fields that podlab has, in the order in which messages name them.
    static var fields: [PodField<Self>] { get }
}

extension PodObject {
    mutating func read(_ object: ObjectFields, _ context: PodContext) {
        for turn in PodField<Self>.Turn.allCases {
            for field in Self.fields where field.turn == turn { field.read(object, context, &self) }
        }
    }

    var objectValue: ObjectValue { .printed(Self.fields, self) ?? [:] }
}

/// What the fields of a pod are read with: what stands elsewhere in the pod and in its manifest.
final class PodContext {
    let metadata: PodMetadata
    let configMaps: ConfigMapSource
    /// The names of the pod's volumes.
    var volumes: Set<String> = []
    /// The names of the containers so far.
    var containers: Set<String> = []

    init(metadata: PodMetadata, configMaps: ConfigMapSource) {
        self.metadata = metadata
        self.configMaps = configMaps
    }
}

extension ObjectValue {
    /// Nil when none of the fields is printed.
    static func printed<Whole>(_ fields: [PodField<Whole>], _ whole: Whole) -> ObjectValue? {
        let values = fields.compactMap { field in field.printed(whole).map { (field.name, $0) } }
        return values.isEmpty ? nil : .object(Dictionary(values) { $1 })
    }
}

// MARK: Fields of usual kinds

extension PodField {
    typealias Part<Value> = WritableKeyPath<Whole, Value> & Sendable

    /// A text; an empty one is none.
    static func text(_ name: String, _ part: Part<String?>, _ rule: NameRule? = nil) -> PodField {
        PodField(name) { object, _, whole in
            guard let text = object.text(name), !text.isEmpty else { return }
            if let rule { object.check(name, text, rule) }
            whole[keyPath: part] = text
        } printed: {
            $0[keyPath: part].map(ObjectValue.text)
        }
    }

    /// A list of texts; an empty one is none.
    static func texts(_ name: String, _ part: Part<[String]?>) -> PodField {
        PodField(name) { object, _, whole in
            whole[keyPath: part] = object.texts(name).flatMap { $0.isEmpty ? nil : $0 }
        } printed: {
            $0[keyPath: part].flatMap { .nonEmpty($0.map(ObjectValue.text)) }
        }
    }

    /// What is false when nothing is said, and printed when it is true.
    static func flag(_ name: String, _ part: Part<Bool>) -> PodField {
        PodField(name) { object, _, whole in
            whole[keyPath: part] = object.flag(name) ?? false
        } printed: {
            $0[keyPath: part] ? true : nil
        }
    }

    static func flag(_ name: String, _ part: Part<Bool?>) -> PodField {
        PodField(name) { object, _, whole in
            whole[keyPath: part] = object.flag(name)
        } printed: {
            $0[keyPath: part].map(ObjectValue.flag)
        }
    }

    /// A user or a group, in the range that Kubernetes takes.
    static func id(_ name: String, _ part: Part<UInt32?>) -> PodField {
        PodField(name) { object, _, whole in
            whole[keyPath: part] = object.integer(name, in: 0...Int64(Int32.max))
        } printed: {
            $0[keyPath: part].map { .integer(Int64($0)) }
        }
    }

    /// An object of a type of its own.
    /// - Parameter isPrintedEmpty: Kubernetes prints it even when it says nothing.
    static func object<Value: PodObject>(
        _ name: String, _ part: Part<Value>, _ table: FieldTable, isPrintedEmpty: Bool
    ) -> PodField {
        PodField(name) { object, context, whole in
            guard let inner = object.object(name, table) else { return }
            whole[keyPath: part].read(inner, context)
        } printed: {
            ObjectValue.printed(Value.fields, $0[keyPath: part]) ?? (isPrintedEmpty ? [:] : nil)
        }
    }

    /// An object whose fields podlab keeps with those around it.
    static func group(_ name: String, _ table: FieldTable, _ fields: [PodField]) -> PodField {
        PodField(name) { object, context, whole in
            guard let inner = object.object(name, table) else { return }
            for field in fields { field.read(inner, context, &whole) }
        } printed: {
            ObjectValue.printed(fields, $0)
        }
    }

    /// It is read with another field.
    static func readElsewhere(_ name: String) -> PodField { PodField(name) }
}
