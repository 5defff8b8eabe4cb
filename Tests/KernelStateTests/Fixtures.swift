// What several suites need: a throw-away folder, ELF files made in memory, helper processes.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

/// Allocated strings and a nil, as exec wants them; the caller frees them.
private func argumentVector(_ arguments: [String]) -> [UnsafeMutablePointer<CChar>?] {
    arguments.map { strdup($0) } + [nil]
}

/// A folder that is gone when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = try makeScratchFolder()
    }

    deinit { Self.remove(path) }

    func folder(_ name: String) { mkdir(path + "/" + name, 0o755) }

    func folders(_ names: String...) { names.forEach(folder) }

    func link(_ name: String, to target: String) { symlink(target, path + "/" + name) }

    func file(_ name: String, _ content: [UInt8]) throws {
        let file = try FileDescriptor.open(
            FilePath(path + "/" + name), .writeOnly, options: [.create, .truncate],
            permissions: FilePermissions(rawValue: 0o755))
        try file.closeAfter { _ = try file.writeAll(content) }
    }

    /// Removes a tree of any depth: by descriptor, never by a path that could be too long.
    private static func remove(_ path: String) {
        var arguments = argumentVector(["rm", "-rf", "--", path])
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        if posix_spawnp(&pid, "rm", nil, nil, &arguments, environ) == 0 { waitpid(pid, nil, 0) }
    }
}

/// A process started for a test, with a pipe as standard input and output; killed and reaped at the end.
final class TestProcess {
    let pid: ProcessID
    let input: FileDescriptor
    let output: FileDescriptor

    init(_ arguments: String..., mergingError: Bool = false) throws {
        let (childInput, input) = try FileDescriptor.pipe()
        let (output, childOutput) = try FileDescriptor.pipe()
        for end in [input, output] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput.rawValue, 1)
        if mergingError { posix_spawn_file_actions_adddup2(&actions, childOutput.rawValue, 2) }
        for number in 3...max(childInput.rawValue, childOutput.rawValue) {
            posix_spawn_file_actions_addclose(&actions, number)
        }
        var strings = argumentVector(arguments)
        defer { strings.forEach { free($0) } }
        var number: pid_t = 0
        var attributes = attributesWithBrokenPipes()
        defer { posix_spawnattr_destroy(&attributes) }
        let failure = posix_spawnp(&number, arguments[0], &actions, &attributes, &strings, environ)
        try childInput.close()
        try childOutput.close()
        guard failure == 0 else { throw Errno(rawValue: failure) }
        pid = ProcessID(number)
        self.input = input
        self.output = output
    }

    /// Everything that it prints until it ends.
    func readToEnd() throws -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try output.read(into: $0) }
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    /// Waits until it has printed something.
    func readSome() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try buffer.withUnsafeMutableBytes { try output.read(into: $0) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    deinit {
        kill(pid.rawValue, SIGKILL)
        waitpid(pid.rawValue, nil, 0)
        try? input.close()
        try? output.close()
    }
}

/// Makes small ELF files.
struct ELFFixture {
    var is64 = true
    var isBigEndian = false
    var machine: UInt64 = 62
    var interpreter: String?
    var needed: [String] = []
    var soname: String?
    var rpath: String?
    var runpath: String?
    var flags1: UInt64 = 0

    private func number(_ value: UInt64, _ size: Int) -> [UInt8] {
        let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        return isBigEndian ? little.reversed() : little
    }

    func bytes() -> [UInt8] {
        let word = is64 ? 8 : 4
        let headerSize = is64 ? 64 : 52
        let entrySize = is64 ? 56 : 32
        let base: UInt64 = 0x400000
        var strings: [UInt8] = [0]
        func string(_ text: String) -> UInt64 {
            defer { strings += Array("\(text)\0".utf8) }
            return UInt64(strings.count)
        }
        var dynamic: [(UInt64, UInt64)] = needed.map { (1, string($0)) }
        if let soname { dynamic.append((14, string(soname))) }
        if let rpath { dynamic.append((15, string(rpath))) }
        if let runpath { dynamic.append((29, string(runpath))) }
        if flags1 != 0 { dynamic.append((0x6fff_fffb, flags1)) }
        let loader: [UInt8] = interpreter.map { Array("\($0)\0".utf8) } ?? []
        let segmentCount = interpreter == nil ? 2 : 3
        let loaderPlace = headerSize + segmentCount * entrySize
        let stringPlace = loaderPlace + loader.count
        let dynamicPlace = stringPlace + strings.count
        dynamic += [(5, base + UInt64(stringPlace)), (10, UInt64(strings.count)), (0, 0)]
        let dynamicSize = dynamic.count * 2 * word
        let total = dynamicPlace + dynamicSize

        func segment(_ type: UInt64, _ place: Int, _ size: Int) -> [UInt8] {
            let (at, address, length) = (UInt64(place), base + UInt64(place), UInt64(size))
            return is64
                ? number(type, 4) + number(4, 4) + number(at, 8) + number(address, 8) + number(address, 8)
                    + number(length, 8) + number(length, 8) + number(1, 8)
                : number(type, 4) + number(at, 4) + number(address, 4) + number(address, 4) + number(length, 4)
                    + number(length, 4) + number(4, 4) + number(1, 4)
        }
        var file: [UInt8] =
            [0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isBigEndian ? 2 : 1, 1] + Array(repeating: 0, count: 9)
        file += number(interpreter == nil ? 3 : 2, 2) + number(machine, 2) + number(1, 4) + number(0, word)
        file += number(UInt64(headerSize), word) + number(0, word) + number(0, 4) + number(UInt64(headerSize), 2)
        file += number(UInt64(entrySize), 2) + number(UInt64(segmentCount), 2) + number(0, 2) * 3
        file += segment(1, 0, total)
        if interpreter != nil { file += segment(3, loaderPlace, loader.count) }
        file += segment(2, dynamicPlace, dynamicSize)
        file += loader + strings
        for (tag, value) in dynamic { file += number(tag, word) + number(value, word) }
        return file
    }
}

private func * (bytes: [UInt8], times: Int) -> [UInt8] { (0..<times).flatMap { _ in bytes } }
