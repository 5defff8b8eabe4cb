// Paths inside a folder that somebody else fills. Each is looked up by openat2(2) with RESOLVE_IN_ROOT: `..` and links, whatever they
// say, end inside, as they would for a process whose root the folder is.

import CLinux
import Glibc
import KernelState
import Linux
import SystemPackage

/// A path of an archive, taken apart: names without `.`, `..` and empty ones.
struct EntryPath {
    /// Empty for the top itself.
    let names: [[UInt8]]

    static let slash = UInt8(ascii: "/")

    /// - Throws: what is wrong with the path. A leading slash is not: the top of an archive is the root.
    init(_ path: [UInt8], depth: Int) throws(TarFault) {
        guard !path.isEmpty else { throw TarFault("its name is empty") }
        guard !path.contains(0) else { throw TarFault("its name holds a NUL") }
        names = path.split(separator: Self.slash).filter { $0 != [UInt8(ascii: ".")] }.map(Array.init)
        guard !names.contains([UInt8(ascii: "."), UInt8(ascii: ".")]) else {
            throw TarFault("its name has '..' in it, which leads out of where it belongs")
        }
        guard names.allSatisfy({ $0.count <= 255 }) else {
            throw TarFault("a part of its name is longer than 255 bytes")
        }
        guard names.count <= depth else { throw TarFault("it lies in more than \(depth) folders") }
    }

    init(names: [[UInt8]]) { self.names = names }

    var last: [UInt8]? { names.last }
    var parent: EntryPath { EntryPath(names: Array(names.dropLast())) }
    /// From the top, without a leading slash; `.` for the top itself.
    var joined: [UInt8] { names.isEmpty ? [UInt8(ascii: ".")] : Array(names.joined(separator: [Self.slash])) }
    var text: String { String(decoding: joined, as: UTF8.self) }
}

/// Bytes as the kernel takes a path.
func cPath(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

/// The folder that is filled.
final class TargetFolder {
    private static let resolve = UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS | ISO_RESOLVE_NO_XDEV)

    let root: OpenFile

    init(_ path: FilePath) throws(ImageError) {
        let raw = iso_openat(AT_FDCWD, path.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        root = try OpenFile(raw, name: path.string)
    }

    /// A descriptor of what is there, or -errno. The last name is not followed with O_NOFOLLOW in `flags`.
    func open(_ path: EntryPath, flags: Int32) -> Int32 {
        iso_openat2(root.raw, cPath(path.joined), UInt64(flags), 0, Self.resolve)
    }

    /// A folder as O_PATH, or -errno.
    func openFolder(_ path: EntryPath) -> Int32 { open(path, flags: Int32(ISO_OPEN_PATH) | O_DIRECTORY) }
}

/// Removes `name` in an open folder with all below it. Folders that forbid it are opened up: whoever reads this has made them.
func removeTree(_ name: [UInt8], in folder: Int32) throws(ImageError) {
    guard let failure = TreeRemoval.remove(name, below: folder, locks: .opened) else { return }
    throw ImageError(failure.operation, failure.object, errno: failure.errno)
}

func removeTree(_ path: FilePath) throws(ImageError) { try removeTree(Array(path.string.utf8), in: AT_FDCWD) }

/// lstat(2) in an open folder; nil when there is nothing.
func entryFacts(_ folder: Int32, _ name: [UInt8]) -> stat? {
    var facts = stat()
    return fstatat(folder, cPath(name), &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts : nil
}

extension stat {
    var format: mode_t { st_mode & S_IFMT }
    /// What overlayfs takes for "removed here": a character device 0:0.
    var isWhiteout: Bool { format == S_IFCHR && st_rdev == 0 }
}
