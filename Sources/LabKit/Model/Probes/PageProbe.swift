// page: which page does a web server give to whoever asks for it from here?

import StrictYAML

/// A page that podlab itself asks for by HTTP/1.0, from a socket in a network namespace. No program of the place is run. See RFC 1945.
package struct PageProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// Where the server listens: an address of that network namespace, or one that leads out of it.
    package var address: String
    package var port: Int
    /// What is asked for, from the first slash on.
    package var path: String
    /// The page has this text in it.
    package var contains: String?
    /// The page is this text; a newline at its end does not count.
    package var equals: String?
    /// From here the same request must not get such a page.
    package var hiddenFrom: NetworkPlace?
}

extension PageProbe: MappingDecodable {
    package static let shape = Shape(
        name: "pageProbe", required: ["address"],
        optional: ["in", "port", "path", "contains", "equals", "hiddenFrom"])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        address = fields.required("address")
        NetworkText.check(address, .address, "address", of: fields)
        port = fields.number("port", in: 1...65_535, default: 80)
        path = fields.optional("path") ?? "/"
        contains = fields.optional("contains")
        equals = fields.optional("equals")
        hiddenFrom = fields.optional("hiddenFrom")
        if !path.hasPrefix("/") || !path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
            fields.reader.error(
                "'\(path)' is no path of a page: it begins with / and has visible ASCII characters only",
                at: fields.place("path"))
        }
        fields.needsOne(of: ["contains", "equals"])
    }
}
