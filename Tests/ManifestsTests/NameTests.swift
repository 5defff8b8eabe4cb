import Testing

@testable import Manifests

@Suite("Names")
struct NameTests {
    private static let long = String(repeating: "a", count: 64)

    @Test("names that follow their rule have no problem")
    func right() {
        let right: [(NameRule, [String])] = [
            (.label, ["a", "0", "my-name", "123-abc", String(repeating: "a", count: 63)]),
            (.subdomain, ["a", "example.com", "a.b-c.d0", Self.long]),
            (.portName, ["http", "a", "8080-tcp", "webapp-ports"]),
            (.qualifiedKey, ["app", "app.kubernetes.io/name", "A_b.c-d", "x/Y"]),
            (.labelValue, ["", "v1.2_3", "A", "1"]),
            (.configKey, ["a", ".a", "KEY_NAME", "key.name", "a..b"]),
            (.environment, ["A", "a.b", "1A", "my var", "A-B"]),
        ]
        for (rule, names) in right {
            for name in names { #expect(rule.problem(with: name) == nil, "\(rule) \(name)") }
        }
    }

    @Test("names that break their rule have one")
    func wrong() {
        let wrong: [(NameRule, [String])] = [
            (.label, ["", "A", "a.b", "-a", "a-", "a_b", "é", Self.long, "a\n"]),
            (.subdomain, ["", "A", ".a", "a.", "a..b", "-a", "a.-b", "a/b", String(repeating: "a", count: 254)]),
            (.portName, ["", "80", "a--b", "-a", "a-", "Web", "abcdefghijklmnop", "a_b"]),
            (.qualifiedKey, ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a b", "x/" + Self.long]),
            (.labelValue, ["-a", "a-", "a b", "a/b", Self.long]),
            (.configKey, ["", ".", "..", "..a", "a/b", "a b", "é"]),
            (.environment, ["", "A=B", "=", "é", "a\tb"]),
        ]
        for (rule, names) in wrong {
            for name in names { #expect(rule.problem(with: name) != nil, "\(rule) \(name.debugDescription)") }
        }
    }
}
