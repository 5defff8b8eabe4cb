// elfClosure: does everything a program needs resolve inside this root?

import StrictYAML

/// The ELF interpreter and every `DT_NEEDED` library of the programs, transitively, looked up as ld.so(8) would with
/// `root` as `/`.
package struct ElfClosureProbe: Sendable, Equatable {
    /// A directory of the node.
    package var root: String
    /// Paths inside `root`.
    package var programs: [String]
}

extension ElfClosureProbe: MappingDecodable {
    package static let shape = Shape(name: "elfClosureProbe", required: ["root", "programs"])

    package init(fields: Fields) {
        root = fields.required("root")
        programs = fields.nonEmpty("programs")
    }
}
