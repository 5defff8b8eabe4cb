// What this machine and this program are.

import Glibc
import SystemPackage

/// Release of the running kernel, as uname(2) gives it.
package func kernelRelease() -> String {
    var names = utsname()
    uname(&names)
    return withUnsafeBytes(of: &names.release) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// The file behind /proc/self/exe; nil where /proc is not mounted. See proc_pid_exe(5).
package func ownExecutable() -> FilePath? {
    var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = path.withUnsafeMutableBufferPointer { bytes in
        bytes.baseAddress.map { start in
            start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                readlink("/proc/self/exe", $0, bytes.count)
            }
        } ?? -1
    }
    guard length > 0, length < path.count else { return nil }
    return FilePath(String(decoding: path.prefix(length), as: UTF8.self))
}
