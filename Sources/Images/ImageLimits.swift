// How much an image may ask for. Whoever made the archive decides nothing about this machine's memory and disk.

/// Bounds on what is read and unpacked. The defaults are far above what images of any use need.
package struct ImageLimits: Sendable, Hashable {
    /// Layers of one image: docker's limit, because overlayfs takes no more from one page of mount options.
    package var layers = 127
    /// Bytes of one JSON document: index, manifest or configuration. Docker Hub takes manifests up to 4 MiB.
    package var document = 4 << 20
    /// Images in one archive.
    package var images = 100
    /// Entries of all layers that one import brings, and of an archive itself.
    package var entries = 500_000
    /// Bytes of all layers that one import brings, unpacked, and of an archive when it is unpacked.
    package var unpacked: UInt64 = 16 << 30
    /// How often larger compressed data may become. Programs and texts stay below 20; gzip can do no more than about 1030.
    package var ratio: UInt64 = 250
    /// Bytes of output up to which the ratio is not looked at: a short stream of zeros is no harm.
    package var ratioFloor: UInt64 = 64 << 20
    /// Folders above a file, so that a walk of the tree holds no more descriptors than a process may have.
    package var depth = 200

    package init() {}
}

/// What the archive had that was left out or changed, named, and no more of it than a person reads.
struct ImportWarnings {
    private static let mostNamed = 8
    private var named: [String] = []
    private var counts: [String: Int] = [:]
    private var order: [String] = []

    /// - Parameters:
    ///   - what: what was done, the same words for all of a kind: `left out the device`.
    ///   - entry: which one.
    mutating func add(_ what: String, _ entry: String) {
        if counts[what] == nil { order.append(what) }
        counts[what, default: 0] += 1
        if counts[what, default: 0] <= Self.mostNamed { named.append("\(what) \(entry)") }
    }

    var lines: [String] {
        named
            + order.compactMap { what in
                let more = (counts[what] ?? 0) - Self.mostNamed
                return more > 0 ? "\(what): \(more) more" : nil
            }
    }
}
