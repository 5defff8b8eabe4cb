// Errors that somebody else's library throws, in podlab's words: what failed, on what object, and why.

import FoundationEssentials
import Glibc
import Linux
import Terminals

/// An error as it is told. Foundation's describe themselves for programmers (`Error Domain=NSCocoaErrorDomain Code=513 …`).
package func words(for error: any Error) -> String {
    switch error {
    case let error as CocoaError: cocoaWords(error)
    case let error as POSIXError:
        errnoText(error.code.rawValue)
    case let error as DecodingError: decodingWords(error)
    case let error as EncodingError:
        switch error {
        case .invalidValue(let value, _): "write \(type(of: value)) as JSON: it has a value that JSON has no form for"
        @unknown default: "write JSON: a value has no form there"
        }
    default: "\(error)"
    }
}

private func cocoaWords(_ error: CocoaError) -> String {
    let operation =
        switch error.code {
        case .fileNoSuchFile, .fileLocking, .fileReadUnknown, .fileReadNoPermission, .fileReadInvalidFileName,
            .fileReadCorruptFile, .fileReadNoSuchFile, .fileReadInapplicableStringEncoding, .fileReadUnsupportedScheme,
            .fileReadTooLarge, .fileReadUnknownStringEncoding:
            "read"
        case .fileWriteUnknown, .fileWriteNoPermission, .fileWriteInvalidFileName, .fileWriteFileExists,
            .fileWriteInapplicableStringEncoding, .fileWriteUnsupportedScheme, .fileWriteOutOfSpace,
            .fileWriteVolumeReadOnly:
            "write"
        default: "use"
        }
    let place = error.filePath ?? error.url?.path ?? "a file"
    return "cannot \(operation) \(place): \(cause(error))"
}

/// The errno below it, or what the code itself says.
private func cause(_ error: CocoaError) -> String {
    if let below = error.underlying as? POSIXError { return errnoText(below.code.rawValue) }
    return switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: errnoText(ENOENT)
    case .fileReadNoPermission, .fileWriteNoPermission: errnoText(EACCES)
    case .fileWriteFileExists: errnoText(EEXIST)
    case .fileWriteOutOfSpace: errnoText(ENOSPC)
    case .fileWriteVolumeReadOnly: errnoText(EROFS)
    case .fileReadTooLarge: errnoText(EFBIG)
    case .fileReadCorruptFile: "its content is not what it should be"
    case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding: "it is not UTF-8 text"
    default: "error \(error.code.rawValue) of Foundation"
    }
}

private func decodingWords(_ error: DecodingError) -> String {
    let (context, what): (DecodingError.Context, String) =
        switch error {
        case .typeMismatch(let type, let context): (context, "is no \(type)")
        case .valueNotFound(_, let context): (context, "is null")
        case .keyNotFound(let key, let context): (context, "has no \(key.stringValue)")
        case .dataCorrupted(let context): (context, "is no JSON")
        @unknown default: (.init(codingPath: [], debugDescription: ""), "cannot be read")
        }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return "JSON that podlab reads is not as it wrote it: \(path.isEmpty ? "the document" : path) \(what)"
}
