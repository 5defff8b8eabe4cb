// Small files of /proc and /etc, read whole and bounded.

import CIsolation
import Glibc
import Linux
import SystemPackage

/// The text of a file, at most `limit` bytes of it; nil if it cannot be read.
func readFile(_ path: String, limit: Int = 65536) -> String? { textOfFile(path, limit: limit) }

/// The text that a descriptor gives from where it stands, at most `limit` bytes of it.
func readText(_ fd: Int32, limit: Int) -> Result<String, Errno> {
    Result { () throws(Errno) in String(decoding: try contents(of: fd, limit: limit), as: UTF8.self) }
}

/// The names of the folders in a folder.
func folderNames(in descriptor: Int32) -> [String] {
    ((try? FolderListing.entries(in: ".", below: descriptor)) ?? []).filter(\.isFolder).map(\.text)
}

/// The text of a symbolic link; nil if it cannot be read.
func readLink(_ path: String) -> String? {
    (try? linkText(AT_FDCWD, path).get()).map { String(decoding: $0, as: UTF8.self) }
}

/// Writes a kernel file in one write, as id maps demand. Returns 0 or -errno.
func writeKernelFile(_ path: String, _ text: String) -> Int32 {
    let opened = iso_openat(AT_FDCWD, path, O_WRONLY, 0)
    guard opened >= 0 else { return opened }
    let file = Descriptor(taking: opened)
    let bytes = Array(text.utf8)
    let length = write(file.raw, bytes, bytes.count)
    return length == bytes.count ? 0 : length < 0 ? -errno : -EIO
}

/// `NAME=value` of the calling process.
func currentEnvironment() -> [String] {
    guard var entry = iso_environment() else { return [] }
    var result: [String] = []
    while let text = entry.pointee {
        result.append(String(cString: text))
        entry += 1
    }
    return result
}

/// Where execvp(3) would look: a path with a slash is itself, a name is tried in each folder of `PATH`.
func candidates(for program: String, environment: [String]) -> [String] {
    if program.contains("/") { return [program] }
    let path =
        environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    return path.split(separator: ":", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? program : "\($0)/\(program)" }
}

/// The process that a pidfd stands for, as this process's `/proc` numbers it; nil when it has ended or is not visible.
func processNumber(ofPidfd pidfd: Int32) -> Int32? {
    let line = (readFile("/proc/self/fdinfo/\(pidfd)") ?? "").split(separator: "\n").first { $0.hasPrefix("Pid:") }
    guard let number = line?.dropFirst(4).drop(while: { $0 == " " || $0 == "\t" }), let pid = Int32(number), pid > 0
    else { return nil }
    return pid
}
