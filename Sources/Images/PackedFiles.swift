// Files that an executable has with it: a tar archive, packed with zstd, in an ELF section of its own, behind its digest.
//
// The largest of them is a program that is made of the same modules as the executable. It is packed as a difference: where both are the
// same, zstd refers to the executable, a fifth of what it takes by itself.

import CLinux
import Glibc
import KernelState
import SystemPackage

/// Those of one executable, which stays open as long as this lives. `rootfs-builder/pack` makes them.
package struct PackedFiles: Sendable {
    /// Of the packed archive, as the section says.
    package let digest: ImageDigest
    private let file: OpenFile
    private let start: UInt64
    private let count: UInt64

    /// No loader and no strip(1) touches a section that is no part of what is loaded.
    private static let section = ".podlab.files"
    /// 64 hexadecimal digits and the end of a line.
    private static let lengthOfDigest: UInt64 = 65
    /// What of the executable is referred to: what no tool that works on sections changes.
    private static let references = [".rodata", ".text"]
    /// Bytes of them.
    private static let largestReference: UInt64 = 256 << 20

    /// Nil: there are none in it.
    package init?(in executable: FilePath = "/proc/self/exe") {
        guard let file = try? OpenFile.reading(executable).file,
            let section = ELFSection(named: Self.section, in: file.raw), section.size > Self.lengthOfDigest,
            let digits = try? FileStream(file, from: section.offset, count: Self.lengthOfDigest - 1)
                .contents(limit: 64, object: ""),
            let digest = ImageDigest(hexadecimal: String(decoding: digits, as: UTF8.self))
        else { return nil }
        self.digest = digest
        self.file = file
        start = section.offset + Self.lengthOfDigest
        count = section.size - Self.lengthOfDigest
    }

    /// Writes all of them into a folder that nobody else writes to. Their modes are those of the archive, whatever the umask says; what
    /// the archive says of owners and times is left.
    /// - Throws: also when the digest is another, and then files have been written.
    package func unpack(into folder: FilePath) throws(ImageError) {
        let packed = DigestingStream(FileStream(file, from: start, count: count))
        let object = file.name
        let target = try TargetFolder(folder)
        let reader = TarReader(
            try ZstdStream(packed, object: object, limits: ImageLimits(), after: try reference()), object: object,
            limits: ImageLimits())
        while let entry = try reader.next() {
            let path: EntryPath
            do throws(TarFault) { path = try EntryPath(entry.path, depth: ImageLimits().depth) } catch {
                throw ImageError(.archive, "unpack", entry.name, error.meaning)
            }
            guard let name = path.last else { continue }
            let above = target.openFolder(path.parent)
            guard above >= 0 else { throw ImageError("open", path.parent.text, errno: Errno(rawValue: -above)) }
            defer { close(above) }
            try write(entry, name, above, reader)
        }
        try packed.drain()
        guard packed.digest() == digest else {
            throw ImageError(.digest, "unpack", object, "what it has with it is damaged")
        }
    }

    private func reference() throws(ImageError) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in Self.references {
            guard let section = ELFSection(named: name, in: file.raw), section.size <= Self.largestReference else {
                continue
            }
            bytes += try FileStream(file, from: section.offset, count: section.size)
                .contents(limit: Int(section.size), object: file.name)
        }
        return bytes
    }

    private func write(_ entry: TarEntry, _ name: [UInt8], _ above: Int32, _ reader: TarReader) throws(ImageError) {
        switch entry.kind {
        case .folder:
            guard mkdirat(above, cPath(name), 0o700) == 0, fchmodat(above, cPath(name), mode_t(entry.mode), 0) == 0
            else { throw .last("make the folder", entry.name) }
        case .file:
            let flags = UInt64(O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            let raw = iso_openat2(above, cPath(name), flags, 0o600, UInt64(ISO_RESOLVE_NO_SYMLINKS))
            let written = try OpenFile(raw, "create", name: entry.name)
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
            defer { room.deallocate() }
            while true {
                let got = try reader.read(into: room)
                if got == 0 { break }
                try written.write(UnsafeRawBufferPointer(rebasing: room[..<got]))
            }
            guard fchmod(raw, mode_t(entry.mode)) == 0 else { throw .last("chmod", entry.name) }
        default: throw ImageError(.archive, "unpack", entry.name, "it is neither a file nor a folder")
        }
    }
}
