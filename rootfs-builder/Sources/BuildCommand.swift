// Running the programs that a build needs (mmdebstrap, tar, busybox), with their words kept for the error.

import Glibc
import Isolation
import Linux

enum BuildCommand {
    /// Runs to the end; what it prints goes through a file, which is removed. Returns the output, at most 1 MiB.
    @discardableResult
    static func run(
        _ command: [String], environment: [String: String] = [:], outputFile: String
    ) throws(RootBuildError) -> String {
        let text = command.joined(separator: " ")
        defer { unlink(outputFile) }
        let file = try FileOperations.open(outputFile, "create", flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        let raw = file.raw
        let child: Child
        do {
            child = try Plan([
                .execute(
                    .path("/usr/bin/env"), arguments: ["env"] + environment.map { "\($0.key)=\($0.value)" } + command)
            ]).start(StartOptions(streams: .init(input: .null, output: .descriptor(raw), error: .descriptor(raw))))
        } catch {
            throw .command(text, status: 127, output: "\(error)")
        }
        defer { child.close() }
        // mmdebstrap fetches a few hundred packages; an hour is for the slowest of lines. Who lets go of a child ends it.
        let status: ExitStatus?
        do {
            status = try child.wait(for: .seconds(3600))
        } catch {
            throw .command(text, status: 127, output: "\(error)")
        }
        guard let status else { throw .command(text, status: 124, output: "it was ended after an hour") }
        lseek(raw, 0, SEEK_SET)
        let words = String(decoding: (try? contents(of: raw, limit: 1 << 20)) ?? [], as: UTF8.self)
        switch status {
        case .exited(0): return words
        case .exited(let code): throw .command(text, status: code, output: String(words.suffix(2000)))
        case .signaled(let number): throw .command(text, status: 128 + number, output: String(words.suffix(2000)))
        }
    }
}
