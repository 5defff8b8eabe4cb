// A throw-away folder, small recipes, and what a tree holds.

import Foundation
import Glibc

@testable import RootBuilder

final class TemporaryFolder: Sendable {
    let path: String
    init() throws {
        var template = Array("/tmp/podlab-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        // Others may look: a test enters a root as another user.
        chmod(path, 0o755)
    }
    deinit { FileOperations.removeTree(path) }

    /// Everything in it, hidden ones too.
    var names: [String] { (try? FileOperations.names(in: path)) ?? [] }
}

/// The recipes of the checkout.
func recipePath(_ name: String) -> String {
    let here = URL(fileURLWithPath: #filePath)
    let checkout = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return checkout.appendingPathComponent("rootfs-builder/recipes/\(name).yaml").path
}

func smallRecipe(_ more: String = "", version: Int = 1) throws -> Recipe {
    try Recipe.parse(
        """
        schema: podlab.root/v1
        name: small
        version: \(version)
        programs:
          - {package: bash, names: [bash]}
          - {package: coreutils, names: [ls, cat, "true"]}
        folders: {/proc: "0755", /tmp: "1777", /root: "0700"}
        links: {/bin: usr/bin, /sbin: usr/sbin, /lib: usr/lib, /lib64: usr/lib64}
        files:
          /etc/hosts: "127.0.0.1 localhost\\n"
          /usr/local/bin/hello: {mode: "0755", content: "#!/bin/bash\\necho hello\\n"}
        \(more)
        """)
}

/// One line for each entry of a tree: path, mode, owner, time, and content or target.
func fingerprint(_ root: String) throws -> [String] {
    var lines: [String] = []
    func visit(_ path: String) throws {
        guard let facts = FileOperations.stat(root + path, followLast: false) else { throw POSIXError(.ENOENT) }
        var line =
            "\(path) \(String(facts.st_mode, radix: 8)) \(facts.st_uid) \(facts.st_mtim.tv_sec) \(facts.st_mtim.tv_nsec)"
        switch facts.st_mode & S_IFMT {
        case S_IFREG: line += " \(try FileOperations.digest(root + path).0)"
        case S_IFLNK: line += " \(FileOperations.linkText(root + path) ?? "?")"
        default: break
        }
        lines.append(line)
        if facts.st_mode & S_IFMT == S_IFDIR {
            for name in try FileOperations.names(in: root + path) { try visit(path + "/" + name) }
        }
    }
    try visit("")
    return lines
}

/// Runs a command and returns what it prints.
func run(_ command: String..., in folder: TemporaryFolder) throws -> String {
    try BuildCommand.run(command, outputFile: folder.path + "/.output")
}
