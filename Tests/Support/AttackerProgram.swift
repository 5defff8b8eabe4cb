// The program that plays a learner's root who means harm: Tests/Attacker.

import Glibc

/// Where the build has put it: beside the tests, or beside them in a build of the other kind.
package let attackerProgram: String = {
    var bytes = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &bytes, bytes.count)
    let own = String(decoding: bytes.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/attacker"
}()
