// The values of a ConfigMap's binaryData.

import FoundationEssentials

enum Base64Text {
    case text(String)
    /// Bytes that are no UTF-8.
    case bytes

    /// Nil when it is no base64. Line breaks are as good as nothing.
    static func decode(_ encoded: String) -> Base64Text? {
        let joined = encoded.filter { !$0.isWhitespace }
        guard let data = Data(base64Encoded: joined) else { return nil }
        return String(validating: data, as: UTF8.self).map(Base64Text.text) ?? .bytes
    }
}
