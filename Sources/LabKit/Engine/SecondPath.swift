// Another path to the same file: what makes a bind mount a bind mount.

import KernelState
import SystemPackage

/// A path of the node that leads to a file through another mount of its file system.
struct SecondPath {
    var path: FilePath
    var mount: Mount
    var file: FileState

    var evidence: Evidence {
        Evidence(source: "statx \(terminalSafe(path.string))", value: file.summary)
    }
}

extension Judge {
    /// The first mount of the node, other than `mount`, through which `file` is seen too. The mount table says where that would be;
    /// that it is so, device and inode say.
    /// - Parameters:
    ///   - path: of the file, in the place that `mount` was read in.
    ///   - box: a directory below which no path counts: what is handed into a box does not come out of it.
    func secondPath(
        of file: FileState, at path: FilePath, on mount: Mount, notBelow box: FileIdentity?
    ) throws -> SecondPath? {
        guard let inner = path.moved(from: mount.mountPoint, to: mount.root),
            let table = try MountTable.read(node.initProcess.pid)
        else { return nil }
        let root = try node.root()
        for other in table.mounts where other.device == mount.device && other.id != mount.id {
            guard let candidate = inner.moved(from: other.root, to: other.mountPoint),
                // Not where another mount hides it.
                table.mount(containing: candidate)?.id == other.id,
                let found = root.look(at: candidate).state, found.identity == file.identity,
                !root.leads(to: found.path, through: box)
            else { continue }
            return SecondPath(path: candidate, mount: other, file: found)
        }
        return nil
    }
}

extension RootDirectory {
    /// Whether a path without symbolic links passes a directory.
    fileprivate borrowing func leads(to path: FilePath, through directory: FileIdentity?) -> Bool {
        guard let directory else { return false }
        var part = path
        repeat {
            if look(at: part).state?.identity == directory { return true }
        } while part.removeLastComponent()
        return false
    }
}

extension FilePath {
    /// The path with its beginning replaced: `/srv/notes/a` from `/srv` to `/mnt` is `/mnt/notes/a`. Nil when it does not begin so.
    fileprivate func moved(from old: FilePath, to new: FilePath) -> FilePath? {
        var rest = self
        guard rest.removePrefix(old) else { return nil }
        rest.root = nil
        return new.appending(rest.components)
    }
}
