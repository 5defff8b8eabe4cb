// A file of an image, read without a mount: in the uppermost layer that has it.

import CIsolation
import Glibc
import Linux
import SystemPackage

extension ContainerImage {
    /// The content of a file; nil when the image has none. Links are followed within the layer that they are in.
    /// - Throws: the layer's folder or the file cannot be read.
    func contents(of path: String, limit: Int = 1 << 20) throws(Errno) -> String? {
        for layer in layers.reversed() {
            do throws(SystemError) {
                // O_NONBLOCK: a FIFO must not hold us.
                let file = try Descriptor.open(path, inRoot: layer, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
                switch file.kind {
                case S_IFREG: return try file.text(limit: limit, object: path)
                default: return nil
                }
            } catch {
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory: if Self.hidesWhatIsBelow(path, in: layer) { return nil }
                // A whiteout, the device 0:0, which may be on a mount without devices: a layer below had the file. See the kernel's
                // filesystems/overlayfs.rst.
                case .noSuchAddressOrDevice, .permissionDenied: return nil
                default: throw error.errno
                }
            }
        }
        return nil
    }

    /// Whether a folder on the way to a file is opaque in a layer, or removed in it.
    private static func hidesWhatIsBelow(_ path: String, in layer: String) -> Bool {
        let names = path.split(separator: "/").dropLast()
        return names.indices.contains { end in
            let folder = layer + "/" + names[...end].joined(separator: "/")
            var facts = stat()
            guard lstat(folder, &facts) == 0 else { return false }
            if facts.st_mode & S_IFMT == S_IFCHR { return true }
            var value: UInt8 = 0
            return facts.st_mode & S_IFMT == S_IFDIR && iso_getxattr(folder, "user.overlay.opaque", &value, 1) == 1
                && value == UInt8(ascii: "y")
        }
    }
}
