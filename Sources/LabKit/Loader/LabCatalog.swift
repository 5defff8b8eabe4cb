// All labs of a folder, and finding one by what a person calls it.

import FoundationEssentials
import StrictYAML
import SystemPackage
import Text

/// The labs of one folder, sorted by id.
package struct LabCatalog: Sendable {
    package let folder: FilePath
    /// Every folder whose name begins with a digit, readable or not.
    package let entries: [LoadedLab]

    /// The labs that can be used.
    package var labs: [Lab] { entries.compactMap(\.lab) }
    package var diagnostics: [Diagnostic] { entries.flatMap(\.diagnostics) }

    /// Reads every lab of a folder. A lab that cannot be read is an entry with diagnostics, not an error.
    package static func load(_ folder: FilePath) throws(LabCatalogError) -> LabCatalog {
        LabCatalog(folder: folder, entries: try ids(in: folder).map { LabLoader.load(folder.appending($0)) })
    }

    /// The names of the lab folders, sorted, without reading them.
    package static func ids(in folder: FilePath) throws(LabCatalogError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
        } catch {
            throw .unreadable(folder)
        }
        let ids = names.filter { name in
            name.first?.isNumber == true
                && FileManager.default.fileExists(atPath: folder.appending(name).appending("lab.yaml").string)
        }.sorted()
        guard !ids.isEmpty else { throw .empty(folder) }
        return ids
    }

    /// Finds a lab and yields it, or what is wrong with its files.
    package func lab(_ query: String) throws -> Lab {
        let id = try Self.find(query, in: entries.map(\.id))
        guard let entry = entries.first(where: { $0.id == id }) else { throw LabLookupError.unknown(query, near: []) }
        return try entry.get()
    }

    /// Finds a lab by its id (`01-chroot`), number (`1`, `01`), name (`chroot`), or the beginning of any of them that
    /// fits one lab only.
    package static func find(_ query: String, in ids: [String]) throws(LabLookupError) -> String {
        let word = query.lowercased()
        func name(_ id: String) -> String { String(id.drop(while: \.isNumber).drop { $0 == "-" }) }
        func number(_ id: String) -> Int? { Int(id.prefix(while: \.isNumber)) }
        let ways: [(String) -> Bool] = [
            { $0 == word }, { id in Int(word).map { $0 == number(id) } ?? false }, { name($0) == word },
            { !word.isEmpty && Int(word) == nil && ($0.hasPrefix(word) || name($0).hasPrefix(word)) },
        ]
        for fits in ways {
            let found = ids.filter(fits)
            if found.count == 1 { return found[0] }
            if found.count > 1 { throw .ambiguous(query, found) }
        }
        let near = ids.filter {
            Spelling.nearest(to: word, in: [$0, name($0)]) != nil || (word.count > 2 && $0.contains(word))
        }
        throw .unknown(query, near: near.isEmpty ? ids : near)
    }
}

/// A folder of labs could not be used.
package enum LabCatalogError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(FilePath)
    case empty(FilePath)

    package var description: String {
        switch self {
        case .unreadable(let folder):
            terminalSafe("the labs folder \(folder) cannot be read: name another with --labs DIR or PODLAB_LABS")
        case .empty(let folder):
            terminalSafe("there is no lab in \(folder): a lab is a folder such as 01-chroot with a lab.yaml")
        }
    }
}

/// What was asked for is no lab, or more than one.
package enum LabLookupError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `near` is never empty unless there are no labs: the nearest, or else all.
    case unknown(String, near: [String])
    case ambiguous(String, [String])

    package var description: String {
        switch self {
        case .unknown(let query, let near):
            terminalSafe("there is no lab '\(query)'; there is: \(near.joined(separator: ", "))")
        case .ambiguous(let query, let labs):
            terminalSafe("'\(query)' may be any of these labs: \(labs.joined(separator: ", "))")
        }
    }
}
