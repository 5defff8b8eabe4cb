// file: is there a file at a path, and what is it?

import KernelState
import Linux
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// A reading of one path or several, each resolved inside a root and never out of it. What is said must hold of each.
package struct FileProbe: Sendable, Equatable {
    /// One or more.
    package var paths: [String]
    /// The directory of the node that plays `/`; the node's own root when nil.
    package var root: String?
    /// Who resolves the paths instead: a process, from its root and in its mounts.
    package var viewer: Selector?
    /// Whether the path must be there or must be absent.
    package var exists = true
    /// The file's type. With `symlink` the last component is not followed.
    package var type: FileType?
    /// Any of the three execute bits.
    package var executable: Bool?
    /// Text that the file must hold.
    package var contains: String?
    /// A path of the node: the same file, by device and inode.
    package var sameFileAs: String?
    /// A path of the node: not the same file, by device and inode.
    package var notSameFileAs: String?
    /// The same file, by device and inode, has another path of the node through another mount.
    package var elsewhere: Bool?
    /// A path of the node: the same bytes, whichever file.
    package var sameContentAs: String?

    /// The same bytes as the node's file at the same path.
    package var asOnNode: Bool?

    /// The only path, or the first: `each` has one probe for every path.
    package var path: String { paths.first ?? "" }

    /// The same question about each path on its own.
    package var each: [FileProbe] {
        paths.map { path in
            var one = self
            one.paths = [path]
            return one
        }
    }
}

extension FileProbe: MappingDecodable {
    package static let shape = Shape(
        "fileProbe", "Is there a file at a path, or at each of several, and what is it?",
        [
            .optional("path", .text),
            .optional("paths", .filledList(.text)),
            .optional(
                "in", .either([.text, .mapping("selector")]),
                "The directory of the node that plays /, or the process that resolves the paths."),
            .optional("exists", .truth, default: true),
            .optional("type", .word("fileType")),
            .optional("executable", .truth),
            .optional("contains", .text),
            .optional("sameFileAs", .text, "A path of the node: the same device and inode."),
            .optional("notSameFileAs", .text, "A path of the node: another device or inode."),
            .optional("sameContentAs", .text, "A path of the node: the same bytes."),
            .optional("asOnNode", .truth, "The same bytes as the node's file at the same path (with `in`)."),
            .optional("elsewhere", .truth, "The same file has another path of the node, through another mount."),
        ], rules: [.exactlyOne(["path", "paths"])])

    package init(fields: Fields) {
        paths = fields.has("paths") ? fields.nonEmpty("paths") : [fields.required("path")]
        if fields.has("path") == fields.has("paths") {
            fields.reader.error("expected either 'path' or 'paths'", at: fields.position)
        }
        if case .mapping = fields.node("in") { viewer = fields.optional("in") } else { root = fields.optional("in") }
        exists = fields.truth("exists")
        type = fields.optional("type")
        executable = fields.optional("executable")
        contains = fields.optional("contains")
        sameFileAs = fields.optional("sameFileAs")
        notSameFileAs = fields.optional("notSameFileAs")
        sameContentAs = fields.optional("sameContentAs")
        asOnNode = fields.optional("asOnNode")
        if asOnNode != nil, !fields.has("in") || fields.has("sameContentAs") {
            fields.reader.error(
                "'asOnNode' compares a file 'in' a directory or as a process sees it with the node's, and goes with nothing else that does",
                at: fields.place("asOnNode"))
        }
        elsewhere = fields.optional("elsewhere")
        if !exists, let other = Self.shape.keys.dropFirst(4).first(where: fields.has) {
            fields.reader.error("'\(other)' does not go with 'exists: false'", at: fields.place(other))
        }
    }
}

extension FileProbe: Probe {
    package static let key = "file"
    package static let asks = "what is at these paths?"
    package static let reads = "`openat2`, `statx`, inside a root and never out of it"
    package static let onlyReads = true
    package static let wordLists = [WordList("fileType", FileType.self, "Type of a file.")]

    /// Every path that the probe names must be as it says; the first that is not decides.
    package func judge(_ look: Judge) throws -> ProbeOutcome {
        var all: [ProbeOutcome] = []
        for single in each {
            let outcome = try single.judgeOne(look)
            if outcome.status != .pass { return outcome }
            all.append(outcome)
        }
        guard let first = all.first else { return ProbeOutcome(status: .error, reason: "the probe names no path") }
        return ProbeOutcome(
            status: .pass, expected: all.compactMap(\.expected).joined(separator: "; "),
            actual: all.count == 1 ? first.actual : "all \(all.count) are", evidence: all.flatMap(\.evidence))
    }

    private func judgeOne(_ look: Judge) throws -> ProbeOutcome {
        let place =
            self.viewer.map { "\(path), seen by a \($0)," } ?? self.root.map { "\($0): \(path)" } ?? path
        let expected = exists ? "\(place) is \(wanted)" : "nothing at \(place)"
        if let viewer {
            guard let process = try look.one(viewer)?.pid, let root = try RootDirectory(of: process) else {
                return try look.nobody(fitting: viewer, expected)
            }
            return try judge(look, in: root, of: process, place, expected)
        }
        guard let root = try self.root.map({ try look.node.directory($0) }) ?? (try look.node.root()) else {
            let place = self.root ?? "/"
            let end = try look.node.root().deadEnd(at: place)
            return outcome(
                !exists, expected, "\(place) \(end.words)",
                [Evidence(source: "openat2 \(place)", value: "no directory")], ["no-root": end.key])
        }
        return try judge(look, in: root, of: nil, place, expected)
    }

    /// - Parameter process: whose root it is, where it is not a directory of the node.
    private func judge(
        _ look: Judge, in root: borrowing RootDirectory, of process: ProcessID?, _ place: String,
        _ expected: String
    ) throws -> ProbeOutcome {
        let path = FilePath(self.path)
        let lookup = root.look(at: path, followLast: self.type != .symlink)
        guard case .found(let file) = lookup else {
            guard case .missing(let errno, let links) = lookup else { return ProbeOutcome(status: .error) }
            // An ordinary user is not root here, and has no more rights than the modes of the folders give.
            if errno == .permissionDenied {
                return ProbeOutcome(
                    status: .error, expected: expected,
                    reason: "podlab may not look at \(place): \(errno.symbol), a folder on the way is closed")
            }
            let outward = links.filter(\.pointsOutside)
            let end = root.deadEnd(at: self.path)
            var observed = ["missing": self.path]
            if !outward.isEmpty { observed["leaves"] = self.path }
            if end.key == "link" { observed["link"] = self.path }
            return outcome(
                !exists, expected,
                outward.first.map { "nothing there; \($0) leads out of the root" } ?? "\(self.path) \(end.words)",
                [Evidence(source: "statx \(place)", value: "\(errno.symbol)")], observed)
        }
        var evidence = [Evidence(source: "statx \(place)", value: file.summary)]
        guard exists else {
            return outcome(false, expected, "there is a \(file.kind.words)", evidence)
        }
        if let type, type.kernel != file.kind {
            return outcome(false, expected, "it is a \(file.kind.words)", evidence, ["type": file.kind.labName])
        }
        if let executable, executable != (file.mode & 0o111 != 0) {
            return outcome(
                false, expected, executable ? "nobody may execute it" : "it can be executed", evidence,
                ["mode": String(file.mode, radix: 8)])
        }
        for (other, same) in [(sameFileAs, true), (notSameFileAs, false)] {
            guard let other else { continue }
            guard let otherFile = try look.node.root().look(at: FilePath(other)).state else {
                return outcome(false, expected, "\(other) is not there", evidence, ["missing": other])
            }
            evidence.append(Evidence(source: "statx \(other)", value: otherFile.summary))
            if (otherFile.identity == file.identity) != same {
                return outcome(
                    false, expected, same ? "another file than \(other)" : "the same file as \(other)", evidence)
            }
        }
        if let elsewhere {
            let second =
                try process.map { try look.secondPath(of: path, seenBy: $0) }
                ?? secondPath(look, of: file, below: self.root)
            if let second { evidence.append(second.evidence) }
            if (second != nil) != elsewhere {
                let actual =
                    second.map { "\(terminalSafe($0.path.string)) is the same file" } ?? "no other path leads to it"
                return outcome(false, expected, actual, evidence, ["elsewhere": second?.path.string ?? "none"])
            }
        }
        if contains != nil || model != nil, file.kind != .regular {
            return outcome(false, expected, "it is a \(file.kind.words)", evidence, ["type": file.kind.labName])
        }
        if let text = contains {
            let bytes = try root.contents(of: path, limit: 1 << 20, allowPartial: true)
            let content = String(decoding: bytes, as: UTF8.self)
            evidence.append(Evidence(source: "read \(place)", value: terminalSafe(String(content.prefix(200)))))
            guard content.contains(text) else {
                let line = content.split(whereSeparator: \.isNewline).joined(separator: " ")
                let shown = line.count > 60 ? String(line.prefix(60)) + "…" : line
                return outcome(
                    false, expected,
                    content.isEmpty ? "it is empty" : terminalSafe("it holds \u{201C}\(shown)\u{201D}"),
                    evidence)
            }
        }
        if let (other, isWanted) = model {
            guard let otherFile = try look.node.root().look(at: FilePath(other)).state else {
                return outcome(false, expected, "\(other) is not there", evidence, ["missing": other])
            }
            evidence.append(Evidence(source: "statx \(other)", value: otherFile.summary))
            guard otherFile.kind == .regular else {
                return outcome(false, expected, "\(other) is a \(otherFile.kind.words)", evidence)
            }
            // Sizes first: of files that differ in it, none is read, however large. Files of proc say 0.
            let areSizesKnown = file.size > 0 && otherFile.size > 0
            let isSame =
                try file.identity == otherFile.identity
                || (!(areSizesKnown && file.size != otherFile.size) && sameContent(look, path, in: root, other))
            if isSame != isWanted {
                return outcome(
                    false, expected, isSame ? "the bytes of \(other)" : "other bytes than \(other)", evidence,
                    ["content": self.path])
            }
        }
        return outcome(true, expected, file.summary, evidence)
    }

    /// Whether two files hold the same bytes.
    /// - Throws: EFBIG when the first is longer than podlab reads.
    private func sameContent(
        _ look: Judge, _ path: FilePath, in root: borrowing RootDirectory, _ other: String
    ) throws(KernelStateError) -> Bool {
        let own = try root.contents(of: path, limit: 16 << 20)
        // One byte more than there should be tells as much as all of them.
        return try look.node.root().contents(of: FilePath(other), limit: own.count + 1, allowPartial: true) == own
    }

    /// Another path of the node to a file that was found inside a directory of the node, or in the node itself.
    private func secondPath(_ look: Judge, of file: FileState, below directory: String?) throws -> SecondPath? {
        let root = try look.node.root()
        let base = directory.flatMap { root.look(at: FilePath($0)).state?.path } ?? "/"
        let path = base.appending(file.path.components)
        guard let mount = try MountTable.read(look.node.initProcess.pid)?.mount(containing: path) else { return nil }
        var box: BoxDirectory?
        if let directory, let identity = try root.directory(at: FilePath(directory))?.identity {
            box = try look.boxDirectory(identity, at: FilePath(directory))
        }
        return try look.secondPath(of: file, at: path, on: mount, outside: box)
    }
}

extension FileProbe {
    /// The node's file whose bytes it is to have, or not to have.
    fileprivate var model: (path: String, isWanted: Bool)? {
        sameContentAs.map { ($0, true) } ?? asOnNode.map { (path, $0) }
    }

    /// Words for "expected".
    fileprivate var wanted: String {
        var words = [executable == true ? "an executable" : "a", type?.rawValue ?? "file"]
        if type == .regular { words[1] = "regular file" }
        if let contains { words.append("that contains \u{201C}\(contains)\u{201D}") }
        if let sameFileAs { words.append("the same as \(sameFileAs)") }
        if elsewhere == true { words.append("that has another path of the node") }
        if elsewhere == false { words.append("that has no other path of the node") }
        if let notSameFileAs { words.append("another than \(notSameFileAs)") }
        if let (model, isWanted) = model {
            words.append("\(isWanted ? "with" : "without") the bytes of the node's \(model)")
        }
        return words.joined(separator: " ")
    }
}
