// Why newuidmap(1) or newgidmap(1) could not write a map, as far as it can be seen from here.

import CIsolation
import Glibc

enum IDMapHint {
    /// What to do after the program refused these ranges.
    static func what(after program: String, _ ranges: [IDRange]) -> String {
        let capability: (bit: UInt64, name: String) =
            program == "newuidmap" ? (7, "CAP_SETUID") : (6, "CAP_SETGID")
        let status = StatusFile()
        if status.number("NoNewPrivs") == 1 {
            return
                "no_new_privs is set here, as setpriv, some containers and some services set it, and set-uid programs have no"
                + " rights under it: start podlab without it"
        }
        if let bounding = status.number("CapBnd", radix: 16), bounding & 1 << capability.bit == 0 {
            return "\(capability.name) is not in the bounding set here, so \(program) cannot have it"
        }
        if !Privilege.inInitialUserNamespace, let range = ranges.last,
            !Privilege.ownMapCovers(range.outside, count: range.count)
        {
            return
                "the user namespace that podlab runs in has not all of the ids from \(range.outside) on, whatever /etc/subuid grants"
        }
        let path = candidates(for: program, environment: currentEnvironment()).first { access($0, X_OK) == 0 }
        if let path {
            if isOnNosuid(path) {
                return "\(path) is on a file system that is mounted nosuid, where set-uid means nothing"
            }
            if !hasRights(path) {
                return "\(path) is neither set-uid root nor has it \(capability.name): install the package uidmap again"
            }
        }
        return "the ranges must be granted to this user in /etc/subuid and /etc/subgid"
    }

    private static func isOnNosuid(_ path: String) -> Bool {
        var file = statvfs()
        return statvfs(path, &file) == 0 && file.f_flag & UInt(ST_NOSUID) != 0
    }

    private static func hasRights(_ path: String) -> Bool {
        var file = stat()
        guard stat(path, &file) == 0 else { return true }
        return file.st_mode & S_ISUID != 0 && file.st_uid == 0 || iso_getxattr(path, "security.capability", nil, 0) > 0
    }
}

/// `/proc/self/status`.
private struct StatusFile {
    private let lines = (readFile("/proc/self/status") ?? "").split(separator: "\n")

    func number(_ field: String, radix: Int = 10) -> UInt64? {
        lines.first { $0.hasPrefix(field + ":") }?.split(whereSeparator: \.isWhitespace).last
            .flatMap { UInt64($0, radix: radix) }
    }
}
