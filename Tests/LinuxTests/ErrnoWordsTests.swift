// One spelling of every errno.

import Linux
import SystemPackage
import Testing

@Suite struct ErrnoWordsTests {
    @Test(
        "an errno has its name, and words in lower case where they begin with none",
        arguments: [
            (1, "EPERM (operation not permitted)"), (2, "ENOENT (no such file or directory)"),
            (5, "EIO (input/output error)"), (11, "EAGAIN (resource temporarily unavailable)"),
            (28, "ENOSPC (no space left on device)"), (95, "EOPNOTSUPP (operation not supported)"),
            (121, "EREMOTEIO (remote I/O error)"), (122, "EDQUOT (disk quota exceeded)"),
            // A name of somebody's, which keeps its capitals.
            (120, "EISNAM (is a named type file)"), (73, "EDOTDOT (RFS specific error)"),
        ] as [(Int32, String)])
    func spelling(number: Int32, named: String) {
        #expect(Errno(rawValue: number).named == named)
    }

    @Test("every errno of this kernel's headers has a name")
    func all() {
        // 41 and 58 are not given out; EHWPOISON is the last.
        for number in Int32(1)...133 where number != 41 && number != 58 {
            let errno = Errno(rawValue: number)
            #expect(errno.symbol.hasPrefix("E") && !errno.words.isEmpty, "\(number)")
        }
    }

    @Test("a number without a name is shown as it is")
    func unknown() {
        #expect(Errno(rawValue: 524).named == "errno 524 (unknown error)")
        #expect(Errno(rawValue: -1).named == "errno -1 (unknown error)")
    }

    @Test("an error says what failed, on what, why, and what to do; what others have named does nothing to a terminal")
    func systemError() {
        var error = SystemError(operation: "open", object: "/x\u{1B}[2J\n", errno: .permissionDenied)
        #expect(error.description == "open /x\\u{1b}[2J\\n: EACCES (permission denied)")
        error.meaning = "the folder is another user's"
        error.hint = "run `podlab doctor`"
        #expect(
            error.description
                == "open /x\\u{1b}[2J\\n: EACCES (the folder is another user's)\n  run `podlab doctor`")
    }
}
