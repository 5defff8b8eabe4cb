// Which sockets, which other processes and which files a process has open.

import Glibc

extension ProcessState {
    /// So many descriptors of a process are looked at.
    private static let mostDescriptors = 65_536

    /// The inodes of the sockets among the descriptors of a process, which are unique on a machine; empty when the process is gone
    /// or may not be looked at. See proc_pid_fd(5).
    package static func sockets(of pid: ProcessID) -> Set<UInt64> {
        guard let proc = try? ProcFileSystem(), let folder = proc.process(pid), let names = folder.entries("fd") else {
            return []
        }
        let head = Array("socket:[".utf8)
        return Set(
            names.prefix(mostDescriptors).compactMap { name -> UInt64? in
                guard let text = folder.link("fd/\(name.text)"), text.starts(with: head), text.last == UInt8(ascii: "]")
                else { return nil }
                return text[head.count..<(text.count - 1)].number()
            })
    }

    /// The processes that a process holds by pidfds; empty when it is gone or may not be looked at. See pidfd_open(2).
    package static func held(by pid: ProcessID) -> Set<ProcessID> {
        guard let proc = try? ProcFileSystem(), let folder = proc.process(pid), let names = folder.entries("fdinfo")
        else { return [] }
        let head = Array("Pid:".utf8)
        return Set(
            names.prefix(mostDescriptors).compactMap { name -> ProcessID? in
                guard let bytes = folder.contents("fdinfo/\(name.text)", limit: 4096),
                    let line = bytes[...].lines.first(where: { $0.starts(with: head) }),
                    let number = line.dropFirst(head.count).words.first?.number(as: pid_t.self), number > 0
                else { return nil }
                return ProcessID(number)
            })
    }

    /// The files that a process has open for writing; empty when it is gone or may not be looked at. See proc_pid_fdinfo(5).
    package static func writes(of pid: ProcessID) -> Set<FileIdentity> {
        guard let proc = try? ProcFileSystem(), let folder = proc.process(pid), let names = folder.entries("fdinfo")
        else { return [] }
        let head = Array("flags:".utf8)
        return Set(
            names.prefix(mostDescriptors).compactMap { name -> FileIdentity? in
                guard let bytes = folder.contents("fdinfo/\(name.text)", limit: 4096),
                    let line = bytes[...].lines.first(where: { $0.starts(with: head) }),
                    let flags = line.dropFirst(head.count).words.first.flatMap({ Int32($0.text, radix: 8) }),
                    flags & O_ACCMODE != O_RDONLY
                else { return nil }
                return folder.stat("fd/\(name.text)")?.identity
            })
    }
}
