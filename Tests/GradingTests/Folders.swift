// Folders as learners might hand them in.

import Foundation
import SystemPackage
import TestSupport

/// A folder with these files; the folder is gone afterwards.
@discardableResult
func withFolder<Value>(_ files: [String: String], _ body: (FilePath) throws -> Value) throws -> Value {
    let path = FilePath(try makeScratchFolder())
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    for (name, text) in files {
        let file = path.appending(name)
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
    }
    return try body(path)
}
