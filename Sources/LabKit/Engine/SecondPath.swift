// Another path to the same file: what makes a bind mount a bind mount.

import KernelState
import Playgrounds
import SystemPackage
import Text

/// A path of the node that leads to a file through another mount of its file system.
struct SecondPath {
    var path: FilePath
    var mount: Mount
    var file: FileState

    var evidence: Evidence {
        Evidence(source: "statx \(terminalSafe(path.string))", value: file.summary)
    }
}

/// The directory of the node in which a box lives: what is in it is the box's own, by however many paths.
struct BoxDirectory {
    var identity: FileIdentity
    /// Where it is in its file system, and which that is; nil where no path of the node leads to it.
    fileprivate var place: (device: DeviceNumber, path: FilePath)?

    fileprivate func holds(_ path: FilePath, on device: DeviceNumber) -> Bool {
        place.map { $0.device == device && path.starts(with: $0.path) } ?? false
    }
}

extension Judge {
    /// The directory that plays `/` for somebody; nil when that is the node's own root.
    /// - Parameter path: by which the node comes to it.
    func boxDirectory(_ identity: FileIdentity, at path: FilePath?) throws -> BoxDirectory? {
        let root = try node.root()
        guard identity != root.identity else { return nil }
        guard let path, let found = root.look(at: path).state, found.identity == identity,
            let mount = try MountTable.read(node.initProcess.pid)?.mount(containing: found.path),
            let inner = found.path.moved(from: mount.mountPoint, to: mount.root)
        else { return BoxDirectory(identity: identity) }
        return BoxDirectory(identity: identity, place: (mount.device, inner))
    }

    /// The directory that plays `/` for a process; nil when that is the node's own root.
    func boxDirectory(of process: ProcessID) throws -> BoxDirectory? {
        guard let root = ProcessState.read(process, fields: .root)?.root else { return nil }
        return try boxDirectory(root.identity, at: root.path)
    }

    /// The first mount of the node, other than `mount`, through which `file` is seen too. The mount table says where that would be;
    /// that it is so, device and inode say.
    /// - Parameters:
    ///   - path: of the file, in the place that `mount` was read in.
    ///   - box: who sees the file: what is the box's own does not come from outside, and no path below it counts, since what is handed into
    ///     a box does not come out of it.
    func secondPath(
        of file: FileState, at path: FilePath, on mount: Mount, outside box: BoxDirectory?
    ) throws -> SecondPath? {
        guard let inner = path.moved(from: mount.mountPoint, to: mount.root),
            !(box?.holds(inner, on: mount.device) ?? false),
            let table = try MountTable.read(node.initProcess.pid)
        else { return nil }
        let root = try node.root()
        for other in table.mounts where other.device == mount.device && other.id != mount.id {
            guard let candidate = inner.moved(from: other.root, to: other.mountPoint),
                // Not where another mount hides it.
                table.mount(containing: candidate)?.id == other.id,
                let found = root.look(at: candidate).state, found.identity == file.identity,
                !root.leads(to: found.path, through: box?.identity)
            else { continue }
            return SecondPath(path: candidate, mount: other, file: found)
        }
        return nil
    }

    /// Another path of the node to a file that a process has at this path.
    func secondPath(of path: FilePath, seenBy process: ProcessID) throws -> SecondPath? {
        guard let root = try RootDirectory(of: process), let file = root.look(at: path).state,
            let mount = try MountTable.read(process)?.mount(containing: file.path)
        else { return nil }
        return try secondPath(of: file, at: file.path, on: mount, outside: boxDirectory(of: process))
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
