// An executable that has files with it, as rootfs-builder/pack makes them, without a compiler and without zstd(1).

/// A 64-bit little-endian ELF file of sections alone.
package func elfFile(sections: [(name: String, content: [UInt8])]) -> [UInt8] {
    var file = [UInt8](repeating: 0, count: 64)
    var names: [UInt8] = [0]
    var headers = [UInt8](repeating: 0, count: 64)
    for (name, content) in sections + [(".shstrtab", [])] {
        // The names' own section comes last, when all names are known.
        let start = names.count
        names += Array(name.utf8) + [0]
        let bytes = name == ".shstrtab" ? names : content
        headers += little(start, 4) + little(3, 4) + little(0, 8) + little(0, 8) + little(file.count, 8)
        headers += little(bytes.count, 8) + [UInt8](repeating: 0, count: 24)
        file += bytes
    }
    let count = headers.count / 64
    let head: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
    file.replaceSubrange(0..<head.count, with: head)
    file.replaceSubrange(40..<48, with: little(file.count, 8))
    file.replaceSubrange(58..<64, with: little(64, 2) + little(count, 2) + little(count - 1, 2))
    return file + headers
}

/// One with a tar archive in it. `digest` is the SHA-256 of bytes in hexadecimal.
package func packedExecutable(_ archive: [UInt8], digest: ([UInt8]) -> String) -> [UInt8] {
    let packed = zstdFrame(archive)
    return elfFile(sections: [
        (".text", [0x90]), (".podlab.files", Array((digest(packed) + "\n").utf8) + packed), (".data", [1, 2]),
    ])
}

/// A frame of blocks that are not compressed. See RFC 8878, 3.1.1.
private func zstdFrame(_ bytes: [UInt8]) -> [UInt8] {
    // No checksum, no size, a window of 128 KiB.
    var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]
    var rest = bytes[...]
    repeat {
        let block = rest.prefix(1 << 17)
        rest = rest.dropFirst(block.count)
        frame += little((rest.isEmpty ? 1 : 0) | block.count << 3, 3) + block
    } while !rest.isEmpty
    return frame
}

private func little(_ number: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(number >> ($0 * 8) & 0xff) } }
