// A throw-away folder, and programs run in it.

import Foundation
import Glibc
import SystemPackage
import TestSupport

@testable import Images

final class TestFolder: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath(try makeScratchFolder(mode: 0o755))
    }

    deinit { try? removeTree(path) }

    var store: ImageStore { ImageStore(path: path.appending("store")) }

    func write(_ bytes: [UInt8], _ name: String) throws -> FilePath {
        let file = path.appending(name)
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file.string))
        return file
    }

    /// Every path below a folder, from there, hidden ones too.
    func names(_ name: String) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: path.appending(name).string)) ?? []).sorted()
    }

    /// What the store has that is no image: staging, blobs and layers that nobody names.
    var leftovers: [String] {
        let known = Set((try? store.entries())?.map(\.digest.hexadecimal) ?? [])
        return names("store").filter { name in
            if name.hasPrefix(".staging") { return true }
            guard known.isEmpty else { return false }
            return name.hasPrefix("blobs/sha256/") || name.hasPrefix("layers/")
        }
    }
}

/// What a path is, links not followed; nil: nothing is there.
func facts(_ path: FilePath) -> stat? {
    var facts = stat()
    return lstat(path.string, &facts) == 0 ? facts : nil
}

func text(_ path: FilePath) -> String? { try? String(contentsOfFile: path.string, encoding: .utf8) }

/// Runs a program to its end. Returns its exit code and what it printed on both streams.
func run(_ command: [String]) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// The bytes in zstd, made by the program of that name.
func zstd(_ bytes: [UInt8]) throws -> [UInt8] { try compressed(bytes, by: ["zstd", "-q"], suffix: ".zst") }

/// The bytes in gzip, made by the program of that name.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try compressed(bytes, by: ["gzip", "-n"], suffix: ".gz") }

/// A program that was to compress something has not; says what it said.
struct CompressionError: Error, CustomStringConvertible {
    let description: String
}

private func compressed(_ bytes: [UInt8], by program: [String], suffix: String) throws -> [UInt8] {
    let folder = try TestFolder()
    let file = try folder.write(bytes, "plain")
    let (code, output) = try run(program + [file.string])
    guard code == 0 else {
        throw CompressionError(description: "\(program.joined(separator: " ")) exited with \(code): \(output)")
    }
    return Array(try Data(contentsOf: URL(fileURLWithPath: file.string + suffix)))
}
