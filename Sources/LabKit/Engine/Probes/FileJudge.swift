// file and elfClosure: what is inside a root, looked up as a process rooted there would.

import KernelState
import SystemPackage
import Text

extension Judge {
    /// Every path that the probe names must be as it says; the first that is not decides.
    func judge(_ probe: FileProbe) throws -> ProbeOutcome {
        var all: [ProbeOutcome] = []
        for single in probe.each {
            let outcome = try judgeOne(single)
            if outcome.status != .pass { return outcome }
            all.append(outcome)
        }
        guard let first = all.first else { return ProbeOutcome(status: .error, reason: "the probe names no path") }
        return ProbeOutcome(
            status: .pass, expected: all.compactMap(\.expected).joined(separator: "; "),
            actual: all.count == 1 ? first.actual : "all \(all.count) are", evidence: all.flatMap(\.evidence))
    }

    private func judgeOne(_ probe: FileProbe) throws -> ProbeOutcome {
        let place =
            probe.viewer.map { "\(probe.path), seen by a \($0)," } ?? probe.root.map { "\($0): \(probe.path)" }
            ?? probe.path
        let expected = probe.exists ? "\(place) is \(probe.wanted)" : "nothing at \(place)"
        if let viewer = probe.viewer {
            guard let process = try one(viewer)?.pid, let root = try RootDirectory(of: process) else {
                return try nobody(fitting: viewer, expected)
            }
            return try judge(probe, in: root, of: process, place, expected)
        }
        guard let root = try probe.root.map({ try node.directory($0) }) ?? (try node.root()) else {
            let place = probe.root ?? "/"
            let end = try node.root().deadEnd(at: place)
            return outcome(
                !probe.exists, expected, "\(place) \(end.words)",
                [Evidence(source: "openat2 \(place)", value: "no directory")], ["no-root": end.key])
        }
        return try judge(probe, in: root, of: nil, place, expected)
    }

    /// - Parameter process: whose root it is, where it is not a directory of the node.
    private func judge(
        _ probe: FileProbe, in root: borrowing RootDirectory, of process: ProcessID?, _ place: String,
        _ expected: String
    ) throws -> ProbeOutcome {
        let path = FilePath(probe.path)
        let lookup = root.look(at: path, followLast: probe.type != .symlink)
        guard case .found(let file) = lookup else {
            guard case .missing(let errno, let links) = lookup else { return ProbeOutcome(status: .error) }
            // An ordinary user is not root here, and has no more rights than the modes of the folders give.
            if errno == .permissionDenied {
                return ProbeOutcome(
                    status: .error, expected: expected,
                    reason: "podlab may not look at \(place): \(errno.name), a folder on the way is closed")
            }
            let outward = links.filter(\.pointsOutside)
            let end = root.deadEnd(at: probe.path)
            var observed = ["missing": probe.path]
            if !outward.isEmpty { observed["leaves"] = probe.path }
            if end.key == "link" { observed["link"] = probe.path }
            return outcome(
                !probe.exists, expected,
                outward.first.map { "nothing there; \($0) leads out of the root" } ?? "\(probe.path) \(end.words)",
                [Evidence(source: "statx \(place)", value: "\(errno.name)")], observed)
        }
        var evidence = [Evidence(source: "statx \(place)", value: file.summary)]
        guard probe.exists else {
            return outcome(false, expected, "there is a \(file.kind.words)", evidence)
        }
        if let type = probe.type, type.kernel != file.kind {
            return outcome(false, expected, "it is a \(file.kind.words)", evidence, ["type": file.kind.labName])
        }
        if let executable = probe.executable, executable != (file.mode & 0o111 != 0) {
            return outcome(
                false, expected, executable ? "nobody may execute it" : "it can be executed", evidence,
                ["mode": String(file.mode, radix: 8)])
        }
        for (other, same) in [(probe.sameFileAs, true), (probe.notSameFileAs, false)] {
            guard let other else { continue }
            guard let otherFile = try node.root().look(at: FilePath(other)).state else {
                return outcome(false, expected, "\(other) is not there", evidence, ["missing": other])
            }
            evidence.append(Evidence(source: "statx \(other)", value: otherFile.summary))
            if (otherFile.identity == file.identity) != same {
                return outcome(
                    false, expected, same ? "another file than \(other)" : "the same file as \(other)", evidence)
            }
        }
        if let elsewhere = probe.elsewhere {
            let second =
                try process.map { try secondPath(of: path, seenBy: $0) } ?? secondPath(of: file, below: probe.root)
            if let second { evidence.append(second.evidence) }
            if (second != nil) != elsewhere {
                let actual =
                    second.map { "\(terminalSafe($0.path.string)) is the same file" } ?? "no other path leads to it"
                return outcome(false, expected, actual, evidence, ["elsewhere": second?.path.string ?? "none"])
            }
        }
        if probe.contains != nil || probe.model != nil, file.kind != .regular {
            return outcome(false, expected, "it is a \(file.kind.words)", evidence, ["type": file.kind.labName])
        }
        if let text = probe.contains {
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
        if let (other, isWanted) = probe.model {
            guard let otherFile = try node.root().look(at: FilePath(other)).state else {
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
                || (!(areSizesKnown && file.size != otherFile.size) && sameContent(path, in: root, other))
            if isSame != isWanted {
                return outcome(
                    false, expected, isSame ? "the bytes of \(other)" : "other bytes than \(other)", evidence,
                    ["content": probe.path])
            }
        }
        return outcome(true, expected, file.summary, evidence)
    }

    /// Whether two files hold the same bytes.
    /// - Throws: EFBIG when the first is longer than podlab reads.
    private func sameContent(
        _ path: FilePath, in root: borrowing RootDirectory, _ other: String
    ) throws(KernelStateError) -> Bool {
        let own = try root.contents(of: path, limit: 16 << 20)
        // One byte more than there should be tells as much as all of them.
        return try node.root().contents(of: FilePath(other), limit: own.count + 1, allowPartial: true) == own
    }

    /// Another path of the node to a file that was found inside a directory of the node, or in the node itself.
    private func secondPath(of file: FileState, below directory: String?) throws -> SecondPath? {
        let root = try node.root()
        let base = directory.flatMap { root.look(at: FilePath($0)).state?.path } ?? "/"
        let path = base.appending(file.path.components)
        guard let mount = try MountTable.read(node.initProcess.pid)?.mount(containing: path) else { return nil }
        var box: BoxDirectory?
        if let directory, let identity = try root.directory(at: FilePath(directory))?.identity {
            box = try boxDirectory(identity, at: FilePath(directory))
        }
        return try secondPath(of: file, at: path, on: mount, outside: box)
    }

    func judge(_ probe: ElfClosureProbe) throws -> ProbeOutcome {
        let expected = "every library of \(probe.programs.joined(separator: ", ")) is found below \(probe.root)"
        guard let root = try node.directory(probe.root) else {
            let end = try node.root().deadEnd(at: probe.root)
            return outcome(
                false, expected, "\(probe.root) \(end.words)",
                [Evidence(source: "open \(probe.root)", value: "no directory")],
                ["missing": probe.root, "no-root": end.key])
        }
        var evidence: [Evidence] = []
        var missing: [String] = []
        var observed: [String: String] = [:]
        for program in probe.programs {
            let closure = ELFClosure.of(FilePath(program), in: root)
            evidence.append(
                Evidence(
                    source: "\(program): PT_INTERP, DT_NEEDED",
                    value: closure.isComplete
                        ? "\(closure.objects.count) files, all inside"
                        : "missing: \(closure.missing.map(\.name).joined(separator: ", "))"))
            for gap in closure.missing where !missing.contains(gap.name) { missing.append(gap.name) }
            for object in closure.objects {
                guard let other = object.otherName, !missing.contains(other) else { continue }
                missing.append(other)
                evidence.append(
                    Evidence(source: "\(object.path): DT_SONAME", value: terminalSafe(object.elf?.soname ?? "")))
            }
            if let link = closure.missing.lazy.compactMap(\.outwardLink).first { observed["leaves"] = "\(link)" }
        }
        if missing.isEmpty { return outcome(true, expected, "all are inside", evidence) }
        observed["missing"] = missing[0]
        let shown = missing.prefix(6).joined(separator: "; ")
        let more = missing.count > 6 ? "; and \(missing.count - 6) more" : ""
        return outcome(false, expected, terminalSafe("not found inside: \(shown)\(more)"), evidence, observed)
    }

    /// A pass or a fail with its evidence.
    func outcome(
        _ holds: Bool, _ expected: String, _ actual: String, _ evidence: [Evidence] = [],
        _ observed: [String: String] = [:]
    ) -> ProbeOutcome {
        ProbeOutcome(
            status: holds ? .pass : .fail, expected: expected, actual: actual, evidence: evidence, observed: observed)
    }
}

extension ELFObject {
    /// Words for a library that says of itself that it is another one than what was looked for under its name.
    fileprivate var otherName: String? {
        guard let soname = elf?.soname, let wanted = FilePath(name).lastComponent?.string, soname != wanted else {
            return nil
        }
        switch source {
        case .program, .scriptInterpreter, .loader, .path: return nil
        case .rpath, .runpath, .cache, .defaultFolder: return "\(name) (\(path) is \(soname))"
        }
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

extension FileProbe.FileType {
    fileprivate var kernel: FileKind {
        switch self {
        case .regular: .regular
        case .directory: .directory
        case .symlink: .symbolicLink
        case .fifo: .fifo
        case .socket: .socket
        case .characterDevice: .characterDevice
        case .blockDevice: .blockDevice
        }
    }
}

extension FileKind {
    /// As lab.yaml writes it.
    fileprivate var labName: String {
        FileProbe.FileType.allCases.first { $0.kernel == self }?.rawValue ?? rawValue
    }

    var words: String {
        switch self {
        case .regular: "regular file"
        case .directory: "directory"
        case .symbolicLink: "symbolic link"
        case .fifo: "FIFO"
        case .socket: "socket"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .unknown: "file of an unknown kind"
        }
    }
}

extension FileState {
    /// `regular file, mode 755, 1265648 bytes, device 0:40 inode 12`.
    var summary: String {
        "\(kind.words), mode \(String(mode, radix: 8)), \(size) bytes, \(identity)"
    }
}
