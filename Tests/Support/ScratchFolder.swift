// Folders that tests make.

import Glibc
import SystemPackage

/// A new folder of a name that tells whose it is; whoever made it removes it.
/// - Parameter mode: others must be able to enter it where the users of a playground are others.
package func makeScratchFolder(mode: mode_t = 0o700) throws(Errno) -> String {
    var template = Array("/tmp/podlab-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil, chmod(template, mode) == 0 else { throw Errno(rawValue: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
