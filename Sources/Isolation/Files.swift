// Small files of /proc and /etc, read whole and bounded.

import CIsolation
import Glibc
import SystemPackage

/// The text of a file, at most `limit` bytes of it; nil if it cannot be read.
func readFile(_ path: String, limit: Int = 65536) -> String? {
    let fd = iso_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    return try? readText(fd, limit: limit).get()
}

/// The text that a descriptor gives from where it stands, at most `limit` bytes of it.
func readText(_ fd: Int32, limit: Int) -> Result<String, Errno> {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 8192)
    while bytes.count < limit {
        let length = read(fd, &chunk, min(chunk.count, limit - bytes.count))
        if length < 0 && errno == EINTR { continue }
        guard length >= 0 else { return .failure(Errno(rawValue: errno)) }
        if length == 0 { break }
        bytes.append(contentsOf: chunk[..<length])
    }
    return .success(String(decoding: bytes, as: UTF8.self))
}

/// The names of the folders in a folder.
func folderNames(in descriptor: Int32) -> [String] {
    let opened = iso_openat(descriptor, ".", O_RDONLY | O_DIRECTORY, 0)
    guard opened >= 0 else { return [] }
    guard let stream = fdopendir(opened) else {
        close(opened)
        return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
        // An entry is shorter than the type says: only the bytes up to its zero are there.
        let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
        let name = String(cString: UnsafeRawPointer(entry).advanced(by: place).assumingMemoryBound(to: CChar.self))
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// The text of a symbolic link; nil if it cannot be read.
func readLink(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: 4096)
    let length = readlink(path, &bytes, bytes.count)
    return length < 0 ? nil : String(decoding: bytes[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Writes a kernel file in one write, as id maps demand. Returns 0 or -errno.
func writeKernelFile(_ path: String, _ text: String) -> Int32 {
    let fd = iso_openat(AT_FDCWD, path, O_WRONLY, 0)
    guard fd >= 0 else { return fd }
    defer { close(fd) }
    let bytes = Array(text.utf8)
    let length = write(fd, bytes, bytes.count)
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
