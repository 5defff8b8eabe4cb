// writable: can a file be written there, and as control elsewhere? An experiment that changes nothing.

import StrictYAML

/// Opens an existing regular file for appending, as root, in the namespaces and the root of a place, and closes it again. See
/// open(2). Both the trial and the control must come to what is said: the control shows that it is the place that decides.
package struct WritableProbe: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        /// It can be opened.
        case yes
        /// Why not, by the names of errno(3).
        case EROFS, EACCES, EPERM, ETXTBSY
    }

    package struct Control: Sendable, Equatable {
        package enum Subject: Sendable, Equatable {
            /// The same path, or another one, in a place.
            case path(String?, in: Place)
            /// The file of the trial, by another path of the node that leads to it through another mount.
            case elsewhere
        }
        package var subject: Subject
        package var expect: Expectation
    }

    package var path: String
    package var place: Place
    package var expect: Expectation
    package var control: Control?
}

extension WritableProbe.Expectation: Keyword {
    package static var placeholder: WritableProbe.Expectation { .yes }
}

extension WritableProbe: MappingDecodable {
    package static let shape = Shape(name: "writableProbe", required: ["path", "expect"], optional: ["in", "control"])

    package init(fields: Fields) {
        path = fields.required("path")
        place = fields.optional("in") ?? .node
        expect = fields.required("expect")
        control = fields.optional("control")
    }
}

extension WritableProbe.Control: MappingDecodable {
    package static let shape = Shape(
        name: "writableControl", required: ["expect"], optional: ["path", "in", "elsewhere"])

    package init(fields: Fields) {
        expect = fields.required("expect")
        if fields.optional("elsewhere") ?? false {
            subject = .elsewhere
            for key in ["path", "in"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'elsewhere'", at: fields.place(key))
            }
        } else {
            subject = .path(fields.optional("path"), in: fields.optional("in") ?? .node)
        }
    }
}
