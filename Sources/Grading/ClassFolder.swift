// Who is to be graded: the learners that the folders named on the command line stand for. Nobody is left out in silence.

import Glibc
import SystemPackage
import Text

/// One learner's folder, found but not read.
package struct Learner: Sendable {
    /// The folder's name, which names the learner; escaped where it is not text.
    package var name: String
    package var path: FilePath
    /// Why there is nothing that could be graded.
    package var fault: String?
    /// What else is wrong; it is graded all the same.
    package var problem: String?
}

/// Folders of submissions.
package struct ClassFolder {
    /// Wrong usage: what was named is nothing of the kind.
    package struct UsageProblem: Error, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// A folder that is no learner's: the one that reports are written to.
    package var excluded: [UInt64] = []
    /// Labs are judged whether there is a script for them or not, so a folder without any is a submission too.
    package var judgesAll = false

    package init() {}

    /// The learners that these folders stand for, each folder being a submission itself or a folder of them.
    package func learners(of names: [String]) throws -> [Learner] {
        var found = try names.flatMap { try learners(of: $0, isAlone: names.count == 1) }
        // By bytes: two names that look alike, and that text would take for one, are two. Of one name twice, neither can be told from
        // the other in what comes out, and no order may decide.
        let places = Dictionary(grouping: found.indices) { Array(found[$0].name.utf8) }
        for same in places.values where same.count > 1 {
            let paths = same.map { clipped(found[$0].path.string, to: 300) }.joined(separator: ", ")
            for index in same where found[index].fault == nil {
                found[index].fault = "\(same.count) folders have this learner's name: \(paths)"
            }
        }
        return found
    }

    private func learners(of name: String, isAlone: Bool) throws -> [Learner] {
        // A slash at the end would follow a link.
        let path = FilePath(name)
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 || Folder.isLink(path),
            Folder.isLink(path) || status.st_mode & S_IFMT == S_IFDIR
        else { throw UsageProblem(description: "\(clipped(name, to: 4096)) is not a folder") }
        let learner = Learner(name: Self.learner(path), path: path)
        let entries: [Folder.Entry]
        do {
            entries = try Folder(path).entries()
        } catch {
            return [learner.with(Folder.isLink(path) ? "\(error): name the folder itself" : "\(error)")]
        }
        let inner = entries.filter(\.isFolderLike)
        if SubmissionFolder.isSubmission(entries) {
            let nested = inner.filter { entry in
                guard case .folder = entry.kind, let found = try? Folder(path.appending(entry)).entries() else {
                    return false
                }
                return SubmissionFolder.isSubmission(found)
            }
            guard !nested.isEmpty else { return [learner] }
            var copy = learner
            let names = nested.prefix(5).map(\.shown).joined(separator: ", ")
            copy.problem = "scripts lie here and in folders beside them, which are not graded: \(names)"
            return [copy]
        }
        guard !inner.isEmpty else {
            let lacking = "holds no submission: no LAB.sh, no \(AnswersFile.name)"
            if isAlone { throw UsageProblem(description: "\(clipped(name, to: 4096)) \(lacking)") }
            return [judgesAll ? learner : learner.with(lacking)]
        }
        // What is in a folder is its learner's to choose: several that are named are learners each.
        guard isAlone else {
            return [
                learner.with(
                    "holds folders and no submission; a class is named alone, and learners without folders in between")
            ]
        }
        return inner.compactMap { entry in self.learner(entry, in: path) }
    }

    /// Nil for the folder that is left out.
    private func learner(_ entry: Folder.Entry, in parent: FilePath) -> Learner? {
        let path = parent.appending(entry)
        guard let name = entry.name else {
            return Learner(name: entry.shown, path: path, fault: "the folder's name is not UTF-8 text: rename it")
        }
        let learner = Learner(name: name, path: path)
        do {
            let folder = try Folder(path)
            if folder.identity == excluded { return nil }
            let isSubmission = SubmissionFolder.isSubmission(try folder.entries())
            return isSubmission || judgesAll
                ? learner : learner.with("holds no submission: no LAB.sh, no \(AnswersFile.name)")
        } catch {
            return learner.with("\(error)")
        }
    }

    /// The last part of a path; of `.` and `..`, that of the folder they stand for.
    private static func learner(_ path: FilePath) -> String {
        if case .regular? = path.lastComponent?.kind { return path.lastComponent?.string ?? path.string }
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path.string }
        defer { free(real) }
        return FilePath(platformString: real).lastComponent?.string ?? path.string
    }
}

extension Learner {
    fileprivate func with(_ fault: String) -> Learner {
        var copy = self
        copy.fault = fault
        return copy
    }
}

extension FilePath {
    fileprivate func appending(_ entry: Folder.Entry) -> FilePath {
        withPlatformString { start in
            let bytes = UnsafeBufferPointer(start: start, count: strlen(start))
            return FilePath(
                platformString: Array(bytes) + [CChar(bitPattern: UInt8(ascii: "/"))]
                    + entry.bytes.map(CChar.init(bitPattern:)) + [0])
        }
    }
}
