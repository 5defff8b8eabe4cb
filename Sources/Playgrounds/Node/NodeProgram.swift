// The program that is podlab on a node: where this machine has it, and the file as a playground has it.

import CIsolation
import Glibc
import KernelState
import Linux
import SystemPackage
import Terminals

/// A playground gets a folder of this machine in which there is nothing else, because it gets the whole folder, and whoever is in the
/// playground may read all that is there.
package enum NodeProgram {
    package static let name = "podlab-node"
    /// Makes it, where podlab was built; elsewhere it was installed with podlab.
    package static let remedy = "make build, or make install where podlab was installed"

    /// Beside the executable in a checkout; what it has with it; below `lib` where a distribution has put it. Nil: in none of them.
    package static var folder: FilePath? {
        if let beside, isThere(beside) { return beside }
        if let own = try? OwnFiles.folder()?.appending(OwnFiles.node), isThere(own) { return own }
        return library.flatMap { isThere($0) ? $0 : nil }
    }

    private static func isThere(_ folder: FilePath) -> Bool {
        access(folder.appending(name).string, R_OK | X_OK) == 0
    }

    /// Why there can be no pods in a playground; nil: there can be.
    package static var problem: String? {
        guard folder == nil else { return nil }
        do { _ = try OwnFiles.folder() } catch { return error.description }
        let looked = [beside, library].compactMap { $0?.appending(name).string }.joined(separator: ", ")
        return "the program of nodes is not there (looked at: \(looked)): \(remedy)"
    }

    private static var beside: FilePath? { ownExecutable()?.removingLastComponent().appending("node") }

    private static var library: FilePath? {
        ownExecutable()?.removingLastComponent().removingLastComponent().appending("lib/podlab/node")
    }
}

/// The program of one playground, opened before anybody was in it: who is root there may put another one in its place, and this stays
/// what it is.
final class OpenedNodeProgram {
    private let file: Descriptor
    var descriptor: Int32 { file.raw }

    /// - Parameter node: a playground that has it.
    init(in node: NodeView) throws(PlaygroundError) {
        let root: Descriptor
        do throws(SystemError) {
            root = try .root(ofProcess: node.initProcess.pid.rawValue)
        } catch {
            throw .system(operation: "open the playground's root", errno: error.errno.rawValue)
        }
        let path = PlaygroundPath.programs + "/" + NodeProgram.name
        do throws(SystemError) {
            file = try .open(path, inRoot: root.raw, flags: openPath, rules: .noLinks)
        } catch {
            throw .notReady(
                "\(path) cannot be opened in it: \(error.errno.named): everybody must be able to read the folder "
                    + "\(NodeProgram.folder?.string ?? NodeProgram.name) and to run what is in it (chmod -R a+rX)")
        }
    }
}
