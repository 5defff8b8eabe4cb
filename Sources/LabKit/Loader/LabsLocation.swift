// Where the labs are.

import FoundationEssentials
import Linux
import Playgrounds
import SystemPackage
import Text

/// Finds the folder of labs. A place that was named must be there; otherwise the first that is there counts:
/// the checkout that the executable stands in, what it has with it or what was installed together with it, then the data folders.
package struct LabsLocation: Sendable {
    package enum Origin: Sendable, Equatable {
        case option, environment, checkout, unpacked, data
    }

    package var folder: FilePath
    package var origin: Origin

    /// - Parameters:
    ///   - option: the value of `--labs`.
    ///   - executable: the path of the running program, such as what /proc/self/exe names.
    ///   - unpacked: where that program has unpacked what it has with it; asked when labs are not found before.
    package static func find(
        option: String? = nil, environment: [String: String], executable: FilePath?,
        unpacked: () throws(OwnFilesError) -> FilePath? = { nil },
        isDirectory: (FilePath) -> Bool = Self.isDirectory, isFile: (FilePath) -> Bool = Self.isFile
    ) throws(LabsLocationError) -> LabsLocation {
        let named = [(option, Origin.option), (environment["PODLAB_LABS"], .environment)]
        for (text, origin) in named {
            guard let text, !text.isEmpty || origin == .option else { continue }
            let folder = FilePath(text)
            guard isDirectory(folder) else { throw .missing(folder, named: origin) }
            return LabsLocation(folder: folder, origin: origin)
        }
        var tried: [FilePath] = []
        if var parent = executable?.removingLastComponent() {
            while true {
                let labs = parent.appending("Labs")
                if isDirectory(labs), isFile(parent.appending("Package.swift")) {
                    return LabsLocation(folder: labs, origin: .checkout)
                }
                guard parent.lexicallyNormalized().string != "/", !parent.isEmpty, parent.removeLastComponent() else {
                    break
                }
            }
            tried.append(FilePath("Labs beside \(executable?.string ?? "")"))
        }
        do throws(OwnFilesError) {
            if let folder = try unpacked()?.appending(OwnFiles.labs) {
                guard isDirectory(folder) else { throw OwnFilesError(incomplete: folder) }
                return LabsLocation(folder: folder, origin: .unpacked)
            }
        } catch {
            throw .notUnpacked(error)
        }
        let data = (try? XDGFolders(environment: environment))?.data.appending("Labs")
        // `make install PREFIX=…` puts them beside the folder of the executable.
        let prefix = executable.map { $0.removingLastComponent().removingLastComponent() }
        let places = [
            prefix?.appending("share/podlab/Labs"), data, "/usr/share/podlab/Labs", "/usr/local/share/podlab/Labs",
        ].compactMap { $0 }
        for folder in places where isDirectory(folder) { return LabsLocation(folder: folder, origin: .data) }
        throw .nowhere(tried: (tried + places).map(\.string))
    }

    /// The file behind /proc/self/exe.
    package static var executable: FilePath? { ownExecutable() }

    package static func isDirectory(_ path: FilePath) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isDirectory) && isDirectory
    }

    package static func isFile(_ path: FilePath) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isDirectory) && !isDirectory
    }
}

package enum LabsLocationError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing(FilePath, named: LabsLocation.Origin)
    case nowhere(tried: [String])
    case notUnpacked(OwnFilesError)

    package var description: String {
        switch self {
        case .missing(let folder, .environment):
            terminalSafe("the labs folder \(folder), named by PODLAB_LABS, is not there")
        case .missing(let folder, _):
            terminalSafe("the labs folder \(folder), named by --labs, is not there")
        case .notUnpacked(let error): error.description
        case .nowhere(let tried):
            terminalSafe(
                "no labs found; looked at: \(tried.joined(separator: ", ")). Name a folder with --labs DIR or PODLAB_LABS"
            )
        }
    }
}
