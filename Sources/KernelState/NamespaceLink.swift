// The links below /proc/PID/ns, read and not followed.

import Glibc
import Linux
import SystemPackage

extension NamespaceID {
    /// What a link such as `ns/pid` names. To follow it the kernel would have to make the file behind it, which takes several times as
    /// long as printing `pid:[4026531836]`, and there is one for each kind and process. See namespaces(7).
    static func link(_ name: String, at directory: Int32, _ kind: NamespaceKind) -> Result<NamespaceID, Errno> {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer -> Result<UInt64?, Errno> in
            let length = buffer.baseAddress.map { readlinkat(directory, name, $0, buffer.count) } ?? -1
            guard length >= 0 else { return .failure(.current) }
            return .success(number(UnsafeBufferPointer(rebasing: buffer[..<length])))
        }
        switch text {
        case .failure(let errno): return .failure(errno)
        case .success(let inode):
            if let inode, let device { return .success(NamespaceID(kind: kind, device: device, inode: inode)) }
            return RawStat.read(directory, name).map {
                NamespaceID(kind: kind, device: $0.identity.device, inode: $0.identity.inode)
            }
        }
    }

    /// All namespaces are files of one file system, which the kernel has one of.
    private static let device = try? RawStat.read(AT_FDCWD, "/proc/self/ns/pid").get().identity.device

    /// Between brackets, at the end.
    private static func number(_ text: UnsafeBufferPointer<CChar>) -> UInt64? {
        guard text.last == CChar(bitPattern: UInt8(ascii: "]")),
            let start = text.lastIndex(of: CChar(bitPattern: UInt8(ascii: "[")))
        else { return nil }
        return text[(start + 1)..<(text.endIndex - 1)].map { UInt8(bitPattern: $0) }[...].number(as: UInt64.self)
    }
}
