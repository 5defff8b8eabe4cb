// Which pods a selector of labels means: `app=web,tier!=db,track in (a, b),!old`. See "Labels and Selectors" of Kubernetes.

import Pods

package struct LabelSelector: Equatable, Sendable {
    private enum Rule: Equatable, Sendable {
        case among(String, Set<String>)
        /// A pod that has no such label fits too.
        case notAmong(String, Set<String>)
        case exists(String)
        case missing(String)
    }

    private var rules: [Rule] = []

    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package init(_ text: String) throws(Malformed) {
        for part in Self.parts(of: text) { rules.append(try Self.rule(part)) }
    }

    package func fits(_ labels: [String: String]) -> Bool {
        rules.allSatisfy { rule in
            switch rule {
            case .among(let key, let values): labels[key].map(values.contains) ?? false
            case .notAmong(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .missing(let key): labels[key] == nil
            }
        }
    }

    /// Commas in parentheses stand between values.
    private static func parts(of text: String) -> [Substring] {
        var parts: [Substring] = []
        var depth = 0
        var start = text.startIndex
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return (parts + [text[start...]]).filter { !$0.allSatisfy(\.isWhitespace) }
    }

    private static func rule(_ part: Substring) throws(Malformed) -> Rule {
        let text = trimmed(part)
        for (mark, isIn) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = text.firstRange(of: mark) else { continue }
            let value = try checked(text[range.upperBound...], .labelValue, part)
            let key = try checked(text[..<range.lowerBound], .qualifiedKey, part)
            return isIn ? .among(key, [value]) : .notAmong(key, [value])
        }
        if let open = text.firstIndex(of: "(") {
            guard text.last == ")" else { throw malformed(part) }
            let words = text[..<open].split(whereSeparator: \.isWhitespace)
            guard words.count == 2, words[1] == "in" || words[1] == "notin" else { throw malformed(part) }
            var values: Set<String> = []
            for value in text[text.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false)
            {
                values.insert(try checked(value, .labelValue, part))
            }
            let key = try checked(words[0], .qualifiedKey, part)
            return words[1] == "in" ? .among(key, values) : .notAmong(key, values)
        }
        if text.hasPrefix("!") { return .missing(try checked(text.dropFirst(), .qualifiedKey, part)) }
        return .exists(try checked(text, .qualifiedKey, part))
    }

    private static func checked(_ text: Substring, _ rule: NameRule, _ part: Substring) throws(Malformed) -> String {
        let word = String(trimmed(text))
        guard rule.problem(with: word) == nil else { throw malformed(part) }
        return word
    }

    private static func malformed(_ part: Substring) -> Malformed {
        Malformed(
            description:
                "error: unable to parse requirement '\(trimmed(part))': a selector is made of NAME=VALUE, NAME!=VALUE,"
                + " NAME in (A,B), NAME notin (A,B), NAME and !NAME, with commas between them")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
