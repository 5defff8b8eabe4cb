// The mounts that a process sees, and questions about them.

import Glibc
import Linux
import SystemPackage

/// The content of /proc/PID/mountinfo. Paths are relative to that process's root directory.
package struct MountTable: Hashable, Sendable {
    /// In the kernel's order.
    package let mounts: [Mount]
    /// Lines that are not in the form of mountinfo(5); podlab goes on without them.
    package let unreadableLines: Int
    private let byID: [Int: Int]
    private let byParent: [Int: [Int]]
    /// Places in `mounts`, lowest of the stack first.
    private let byPlace: [Place: [Int]]
    /// The topmost mount of what is stacked on a mount's own mount point, for those on which something is.
    private let tops: [Int: Int]

    private struct Place: Hashable {
        /// The parent's id, or -1 for none.
        let parent: Int
        let mountPoint: [UInt8]
    }

    package init(parsing bytes: [UInt8]) {
        var mounts: [Mount] = []
        var unreadable = 0
        for line in bytes[...].lines {
            if let mount = Mount(line: line) { mounts.append(mount) } else { unreadable += 1 }
        }
        self.init(mounts, unreadableLines: unreadable)
    }

    package init(_ mounts: [Mount], unreadableLines: Int = 0) {
        self.mounts = mounts
        self.unreadableLines = unreadableLines
        let byID = Dictionary(mounts.indices.map { (mounts[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        self.byID = byID
        // A mount whose parent is not shown, or that is its own parent, hangs on nothing: key -1.
        func parent(_ mount: Mount) -> Int {
            mount.parentID == mount.id || byID[mount.parentID] == nil ? -1 : mount.parentID
        }
        byParent = Dictionary(grouping: mounts.indices) { parent(mounts[$0]) }
        let byPlace = Dictionary(grouping: mounts.indices) {
            Place(parent: parent(mounts[$0]), mountPoint: mounts[$0].mountPoint.bytes)
        }
        self.byPlace = byPlace
        // Once for all: somebody may have stacked ten thousand, and each of them may be asked for.
        var tops: [Int: Int] = [:]
        for start in mounts.indices where tops[start] == nil {
            var chain = [start]
            while let next = byPlace[
                Place(parent: mounts[chain[chain.count - 1]].id, mountPoint: mounts[start].mountPoint.bytes)]?
                .last, next != start, chain.count <= mounts.count
            {
                chain.append(next)
                if tops[next] != nil { break }
            }
            guard let last = chain.last, chain.count > 1 else { continue }
            let top = tops[last] ?? last
            for index in chain where index != top { tops[index] = top }
        }
        self.tops = tops
    }

    /// The mounts of a process; nil when it is gone. At most 32 MiB are read.
    package static func read(
        _ pid: ProcessID, in proc: borrowing ProcFileSystem
    ) throws(KernelStateError) -> MountTable? {
        guard let folder = proc.process(pid),
            let bytes = try folder.requiredContents("mountinfo", limit: 32 << 20)
        else { return nil }
        return MountTable(parsing: bytes)
    }

    /// The mounts of a process, through the /proc at hand.
    package static func read(_ pid: ProcessID = .current) throws(KernelStateError) -> MountTable? {
        let proc = try ProcFileSystem()
        return try read(pid, in: proc)
    }

    package subscript(id id: Int) -> Mount? { byID[id].map { mounts[$0] } }

    /// The mounts that sit on this one.
    package func children(of id: Int) -> [Mount] { (byParent[id] ?? []).map { mounts[$0] } }

    /// All mounts whose mount point is exactly this path, lowest of the stack first.
    package func stack(at path: FilePath) -> [Mount] { mounts.filter { $0.mountPoint == path } }

    /// The mount that is seen at a mount point: the topmost one there, unless a mount further up hides it.
    package func mount(at path: FilePath) -> Mount? {
        guard let mount = mount(containing: path), mount.mountPoint == path else { return nil }
        return mount
    }

    /// Mounts whose mount point lies below `path`, or is it.
    package func mounts(under path: FilePath) -> [Mount] { mounts.filter { $0.mountPoint.starts(with: path) } }

    /// The mount that an absolute path without symbolic links lies on, walked as the kernel does: at each mount the
    /// nearest child on the way, so that a mount below another that was mounted over it does not count.
    package func mount(containing path: FilePath) -> Mount? {
        let slash = UInt8(ascii: "/")
        let bytes = path.bytes
        let ends = bytes.indices.filter { $0 > 0 && bytes[$0] == slash } + [bytes.count]
        let prefixes = [[slash]] + ends.filter { $0 > 1 }.map { Array(bytes[..<$0]) }
        var current = -1
        var found: Int?
        var visited: Set<Int> = []
        // A mount on the current one's own mount point hides it, so each prefix is asked again until it has no more.
        for prefix in prefixes {
            // Of several on one point the last is the topmost.
            guard let first = byPlace[Place(parent: current, mountPoint: prefix)]?.last else { continue }
            let top = tops[first] ?? first
            guard visited.insert(top).inserted else { continue }
            found = top
            current = mounts[top].id
        }
        return found.map { mounts[$0] }
    }
}
