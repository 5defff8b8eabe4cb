// Which sockets a process has open.

extension ProcessState {
    /// The inodes of the sockets among the descriptors of a process, which are unique on a machine; empty when the process is gone
    /// or may not be looked at. See proc_pid_fd(5).
    package static func sockets(of pid: ProcessID) -> Set<UInt64> {
        guard let proc = try? ProcFileSystem(), let folder = proc.process(pid), let names = folder.entries("fd") else {
            return []
        }
        let head = Array("socket:[".utf8)
        return Set(
            names.prefix(65_536).compactMap { name -> UInt64? in
                guard let text = folder.link("fd/\(name.text)"), text.starts(with: head), text.last == UInt8(ascii: "]")
                else { return nil }
                return text[head.count..<(text.count - 1)].number()
            })
    }
}
