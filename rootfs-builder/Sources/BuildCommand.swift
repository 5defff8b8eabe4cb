// Running the programs that a build needs (mmdebstrap, tar, busybox), with their words kept for the error.

import Foundation
import Glibc

enum BuildCommand {
    /// Runs to the end; what it prints goes through a file, which is removed. Returns the output, at most 1 MiB.
    @discardableResult
    static func run(
        _ command: [String], environment: [String: String] = [:], outputFile: String
    ) throws(RootBuildError) -> String {
        let text = command.joined(separator: " ")
        defer { unlink(outputFile) }
        let raw = open(outputFile, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard raw >= 0 else { throw FileOperations.failure("create", outputFile) }
        let output = FileHandle(fileDescriptor: raw, closeOnDealloc: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do { try process.run() } catch {
            throw .command(text, status: 127, output: "\(error)")
        }
        // mmdebstrap fetches a few hundred packages; an hour is for the slowest of lines.
        let deadline = ContinuousClock.now + .seconds(3600)
        var isLate = false
        while process.isRunning {
            if !isLate, ContinuousClock.now > deadline {
                isLate = true
                kill(process.processIdentifier, SIGKILL)
            }
            if isLate, ContinuousClock.now > deadline + .seconds(10) { break }
            poll(nil, 0, 20)
        }
        guard !isLate else { throw .command(text, status: 124, output: "it was ended after an hour") }
        lseek(raw, 0, SEEK_SET)
        let printed = (try? output.read(upToCount: 1 << 20)) ?? Data()
        let words = String(decoding: printed, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw .command(text, status: process.terminationStatus, output: String(words.suffix(2000)))
        }
        return words
    }
}
