// A file of an image, read without a mount: in the uppermost layer that has it.

import Glibc
import SystemPackage

extension ContainerImage {
    /// The content of a file; nil when the image has none. Links are followed within the layer that they are in.
    /// - Throws: the layer's folder or the file cannot be read.
    func contents(of path: String, limit: Int = 1 << 20) throws(Errno) -> String? {
        for layer in layers.reversed() {
            do throws(Errno) {
                // O_NONBLOCK: a FIFO must not hold us.
                let file = try OpenFile(path, in: layer, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
                switch file.kind {
                case S_IFREG: return try file.text(limit: limit)
                default: return nil
                }
            } catch {
                switch error {
                case .noSuchFileOrDirectory, .notDirectory: continue
                // A whiteout, the device 0:0, which may be on a mount without devices: a layer below had the file. See the kernel's
                // filesystems/overlayfs.rst.
                case .noSuchAddressOrDevice, .permissionDenied: return nil
                default: throw error
                }
            }
        }
        return nil
    }
}
