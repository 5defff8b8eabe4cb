// What a file may be, as lab.yaml says it.

import KernelState
import StrictYAML

extension FileProbe {
    package enum FileType: String, Sendable, CaseIterable {
        case regular, directory, symlink, fifo, socket
        case characterDevice = "character-device"
        case blockDevice = "block-device"
    }
}

extension FileProbe.FileType: Keyword {
    package static var placeholder: FileProbe.FileType { .regular }
}

extension FileProbe.FileType {
    var kernel: FileKind {
        switch self {
        case .regular: .regular
        case .directory: .directory
        case .symlink: .symbolicLink
        case .fifo: .fifo
        case .socket: .socket
        case .characterDevice: .characterDevice
        case .blockDevice: .blockDevice
        }
    }
}

extension FileKind {
    /// As lab.yaml writes it.
    var labName: String {
        FileProbe.FileType.allCases.first { $0.kernel == self }?.rawValue ?? rawValue
    }
}
