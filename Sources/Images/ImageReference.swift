// The names of images, as docker, containerd and Kubernetes read them: what is left out is docker.io, library and latest.

/// A reference to an image, with everything said that may be left out. See the grammar of distribution/reference.
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// A host, with a port where it has one: `docker.io`.
    package let registry: String
    /// `library/busybox`.
    package let repository: String
    /// Nil only where there is a digest.
    package let tag: String?
    /// Of a manifest. A tag beside it says nothing more and is dropped.
    package let digest: ImageDigest?

    /// - Throws: `.invalidReference`, with what is wrong with the text.
    package init(_ text: String) throws(ImageError) {
        func wrong(_ meaning: String) -> ImageError {
            let shown = text.utf8.count > 300 ? String(text.prefix(300)) + "…" : text
            return ImageError(
                .invalidReference, "read image name", "'\(shown)'", meaning,
                hint: "a name is [REGISTRY/]REPOSITORY[:TAG][@sha256:DIGEST], such as docker.io/library/busybox:latest")
        }
        guard !text.isEmpty else { throw wrong("it is empty") }
        guard text.utf8.count <= 1024 else { throw wrong("it is longer than 1024 bytes") }
        var rest = text[...]
        var digest: ImageDigest?
        if let at = rest.firstIndex(of: "@") {
            let digits = rest[rest.index(after: at)...]
            guard let found = ImageDigest(String(digits)) else {
                throw wrong("'\(digits)' is no digest: sha256: and 64 hexadecimal digits are")
            }
            digest = found
            rest = rest[..<at]
        }
        var tag: String?
        // A colon before the last slash belongs to the registry's port.
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let found = rest[rest.index(after: colon)...]
            guard Self.isTag(found) else {
                throw wrong(
                    "'\(found)' is no tag: at most 128 letters, digits, '_', '.' and '-', and neither '.' nor '-' first"
                )
            }
            tag = String(found)
            rest = rest[..<colon]
        }
        var registry = "docker.io"
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            // The rule of docker: only what cannot be a part of a repository's name, and localhost, is a host.
            if first.contains(".") || first.contains(":") || first == "localhost"
                || first.contains(where: \.isUppercase)
            {
                guard Self.isRegistry(first) else { throw wrong("'\(first)' is no host") }
                registry = first == "index.docker.io" ? "docker.io" : String(first)
                rest = rest[rest.index(after: slash)...]
            }
        }
        guard !rest.isEmpty else { throw wrong("it has no repository") }
        for part in rest.split(separator: "/", omittingEmptySubsequences: false) where !Self.isComponent(part) {
            if part.contains(where: \.isUppercase) { throw wrong("the repository's name must be in lower case") }
            throw wrong(
                part.isEmpty
                    ? "a part of it is empty"
                    : "'\(part)' is no part of a name: lower-case letters and digits, with '.', '_', '__' or '-' between them"
            )
        }
        let isShort = registry == "docker.io" && !rest.contains("/")
        repository = isShort ? "library/\(rest)" : String(rest)
        self.registry = registry
        guard registry.utf8.count + 1 + repository.utf8.count <= 255 else {
            throw wrong("registry and repository are longer than 255 bytes")
        }
        self.digest = digest
        self.tag = digest == nil ? tag ?? "latest" : nil
    }

    /// `docker.io/library/busybox`.
    package var name: String { "\(registry)/\(repository)" }

    /// Its name as one would type it, without what goes without saying: `busybox`, `quay.io/a/b`.
    package var familiar: String {
        guard registry == "docker.io" else { return name }
        return repository.hasPrefix("library/") ? String(repository.dropFirst(8)) : repository
    }

    /// Everything said: `docker.io/library/busybox:latest`.
    package var description: String { name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    // MARK: The grammar

    private static func isWord(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || byte == UInt8(ascii: "_") || isUpper(byte)
    }
    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `[\w][\w.-]{0,127}`
    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isWord(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isComponent(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLowerOrDigit(first), isLowerOrDigit(last) else {
            return false
        }
        return text.utf8.split(whereSeparator: isLowerOrDigit).allSatisfy { run in
            let separator = Substring(run)
            return separator == "." || separator == "_" || separator == "__" || separator.allSatisfy { $0 == "-" }
        }
    }

    /// A host name or address, and a port.
    private static func isRegistry(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !(1...5).contains(parts[1].utf8.count) || !parts[1].utf8.allSatisfy(isDigit) {
            return false
        }
        return (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            let isPlain = { (byte: UInt8) in isLowerOrDigit(byte) || isUpper(byte) }
            return isPlain(first) && isPlain(last) && label.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") }
        }
    }
}
