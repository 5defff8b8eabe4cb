// Where the reports of a class are written, one file for each learner.

import CIsolation
import FoundationEssentials
import Glibc
import LabKit
import Linux
import SystemPackage
import Text

/// An open folder for reports. File names come from learners' names: none leads out of the folder, and none is written twice.
package final class ReportFolder {
    private let folder: Folder
    /// How the files end, without the dot.
    private let suffix: String
    /// Whose report each file of this run is.
    /// By the bytes of the file's name.
    private var written: [[UInt8]: String] = [:]
    /// Of which learner's folder each file here is the report, by earlier runs too: a folder that names another one's learner inside itself
    /// does not take the other's report.
    private var sources: [String: String] = [:]
    private static let sourcesName = ".podlab-folders.json"

    /// Makes the folder where it is missing, with those above it.
    /// - Parameter suffix: how the files end, without the dot.
    package init(_ path: FilePath, suffix: String) throws(Folder.Failure) {
        self.suffix = suffix
        try Self.make(path)
        // A link that the teacher named is the teacher's.
        let opened = path.withPlatformString { iso_openat(AT_FDCWD, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        guard opened >= 0 else {
            throw Folder.Failure(description: "the folder for reports, \(path): \(Errno(rawValue: -opened))")
        }
        folder = Folder(taking: opened)
        if let text = try? folder.text(of: Array(Self.sourcesName.utf8), limit: 4 << 20) {
            sources = (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
        }
    }

    private static func make(_ path: FilePath) throws(Folder.Failure) {
        guard path.withPlatformString({ mkdir($0, 0o777) }) != 0 else { return }
        let failed = errno
        let parent = path.removingLastComponent()
        if failed == ENOENT, !parent.isEmpty, parent != path {
            try make(parent)
            if path.withPlatformString({ mkdir($0, 0o777) }) == 0 { return }
        } else if failed == EEXIST {
            return
        }
        throw Folder.Failure(description: "make the folder for reports, \(path): \(errnoText(errno))")
    }

    package var identity: [UInt64] { folder.identity }

    /// `LEARNER.SUFFIX`, where everything that a file name should not hold, and a dot at the start, is written as %XX.
    package static func fileName(for learner: String, suffix: String) -> String {
        var name = ""
        for (index, scalar) in learner.unicodeScalars.enumerated() {
            let isPlain = !isHazardous(scalar) && scalar != "/" && scalar != "%" && !(index == 0 && scalar == ".")
            if isPlain {
                name.unicodeScalars.append(scalar)
            } else {
                for byte in String(scalar).utf8 { name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            }
        }
        return "\(name).\(suffix)"
    }

    /// Writes a report. What stood under its name is replaced, a symbolic link too, and not what the link leads to.
    /// - Throws: `Failure` when it cannot be written, or when another learner of this run has that file.
    package func write(_ text: String, for learner: String, from path: FilePath) throws(Folder.Failure) {
        let name = Self.fileName(for: learner, suffix: suffix)
        if let other = written[Array(name.utf8)] {
            throw Folder.Failure(description: "\(clipped(name)) is the report of \(clipped(other, to: 300)) already")
        }
        let source = Self.real(path)
        if let other = sources[name], other != source,
            faccessat(folder.descriptor, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
        {
            throw Folder.Failure(
                description:
                    "\(clipped(name)) is the report of \(clipped(other, to: 300)) already; remove it, or write to another folder"
            )
        }
        if sources[name] != source {
            // Before the report: one that is there must not be without its source.
            sources[name] = source
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if let text = try? encoder.encode(sources) { try replace(Self.sourcesName, with: Array(text)) }
        }
        try replace(name, with: Array(text.utf8))
        written[Array(name.utf8)] = path.string
    }

    private static func real(_ path: FilePath) -> String {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path.string }
        defer { free(real) }
        return String(cString: real)
    }

    private func replace(_ name: String, with content: [UInt8]) throws(Folder.Failure) {
        // Not by the learner's name, to which nothing could be added when it is long.
        let temporary = ".podlab-\(getpid()).new"
        unlinkat(folder.descriptor, temporary, 0)
        let file = iso_openat(folder.descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure(-file, name) }
        var problem: Int32?
        var bytes = content[...]
        while !bytes.isEmpty, problem == nil {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { problem = errno }
        }
        if close(file) != 0, problem == nil { problem = errno }
        if problem == nil, renameat(folder.descriptor, temporary, folder.descriptor, name) != 0 { problem = errno }
        if let problem {
            unlinkat(folder.descriptor, temporary, 0)
            throw failure(problem, name)
        }
    }

    private func failure(_ number: Int32, _ name: String) -> Folder.Failure {
        let advice = number == ENAMETOOLONG ? ": a shorter name for the learner's folder helps" : ""
        return Folder.Failure(
            description: "the report cannot be written as \(clipped(name)): \(Errno(rawValue: number))\(advice)",
            errno: number)
    }
}
