// Reading what a descriptor gives, bounded.

import Glibc
import SystemPackage

/// At most `limit` bytes from where a descriptor stands, up to the end of file. See read(2).
package func contents(of descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < limit {
        let count = read(descriptor, &chunk, min(chunk.count, limit - bytes.count))
        if count < 0 {
            guard errno == EINTR else { throw Errno(rawValue: errno) }
            continue
        }
        if count == 0 { break }
        bytes += chunk[..<count]
    }
    return bytes
}
