// `$(NAME)` in commands, arguments and values of variables, as Kubernetes replaces it.

/// Replaces references to variables. `$(NAME)` of an unknown variable stays as it is, and `$$` is a dollar. See "Define Dependent
/// Environment Variables" in the documentation of Kubernetes.
struct Expansion {
    /// Only those that the manifest defines, not the image's.
    private(set) var values: [String: String] = [:]

    /// The variables of a container: each may refer to those before it.
    init(_ variables: [EnvironmentVariable]) {
        for variable in variables { values[variable.name] = expanding(variable.value) }
    }

    func expanding(_ text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        let (dollar, opening, closing) = (UInt8(ascii: "$"), UInt8(ascii: "("), UInt8(ascii: ")"))
        while let byte = rest.popFirst() {
            guard byte == dollar, let next = rest.popFirst() else {
                result.append(byte)
                continue
            }
            if next == dollar {
                result.append(dollar)
            } else if next == opening, let end = rest.firstIndex(of: closing) {
                let name = String(decoding: rest[..<end], as: UTF8.self)
                result += Array((values[name] ?? "$(\(name))").utf8)
                rest = rest[(end + 1)...]
            } else {
                result += [byte, next]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
