// Where a dynamic loader looks when nothing else says: read from the loader itself, because distributions differ.

import Glibc
import Linux
import SystemPackage

/// The folders that a loader has built in, and its idea of $LIB and $PLATFORM. See ld.so(8).
package struct LoaderDefaults: Hashable, Sendable {
    /// In search order, without a slash at the end.
    package let folders: [String]
    /// What `$LIB` stands for.
    package let library: String
    package let platform: String
    /// Sub-folders of `glibc-hwcaps` that this processor can use, best first.
    package let hardwareFolders: [String]

    /// Debian's glibc searches /lib/x86_64-linux-gnu, /usr/lib/x86_64-linux-gnu, /lib, /usr/lib and *not* /lib64
    /// (`ld.so --list-diagnostics`, path.system_dirs); others search /lib64 and /usr/lib64. The list lies in the
    /// loader's read-only data as strings that end in a slash, one after another.
    static func read(loader: some ByteSource, named name: String, kind: ELFKind) -> LoaderDefaults {
        let platform = Self.platform(kind)
        if name.contains("ld-musl") {
            return LoaderDefaults(
                folders: ["/lib", "/usr/local/lib", "/usr/lib"], library: "lib", platform: platform,
                hardwareFolders: [])
        }
        let folders = builtIn(loader.bytes(at: 0, count: 4 << 20)) ?? ["/lib", "/usr/lib"]
        let library = folders.first.map { String($0.drop { $0 == "/" }) } ?? "lib"
        return LoaderDefaults(
            folders: folders, library: library.hasPrefix("usr/") ? String(library.dropFirst(4)) : library,
            platform: platform, hardwareFolders: kind.machine == 62 ? Processor.levels : [])
    }

    /// Where loaders of this name look on one distribution or another: for a loader that is not there to be asked.
    static func usual(of name: String, _ kind: ELFKind) -> LoaderDefaults {
        let platform = Self.platform(kind)
        if name.contains("ld-musl") {
            return LoaderDefaults(
                folders: ["/lib", "/usr/local/lib", "/usr/lib"], library: "lib", platform: platform,
                hardwareFolders: [])
        }
        // Debian's folders are named for the machine; 32-bit x86 is always i386 there.
        let machine = kind.machine == 3 ? "i386" : platform
        var folders = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]
        if !machine.isEmpty { folders = ["/lib/\(machine)-linux-gnu", "/usr/lib/\(machine)-linux-gnu"] + folders }
        return LoaderDefaults(
            folders: folders, library: String(folders[0].dropFirst()), platform: platform,
            hardwareFolders: kind.machine == 62 ? Processor.levels : [])
    }

    private static func builtIn(_ bytes: [UInt8]) -> [String]? {
        let slash = UInt8(ascii: "/")
        // Every list ends in /usr/lib or /usr/lib64.
        for ending in ["/usr/lib64/\0", "/usr/lib/\0", "/usr/lib32/\0"] {
            let mark = Array(ending.utf8)
            var place = bytes.startIndex
            while let found = firstIndex(of: mark, in: bytes, from: place) {
                place = found + 1
                guard found > 0, bytes[found - 1] == 0 else { continue }
                var folders = [mark.dropLast(2).text]
                var end = found - 1
                while folders.count < 16, end > 1, bytes[end - 1] == slash,
                    let zero = bytes[max(0, end - 256)..<end].lastIndex(of: 0), bytes[zero + 1] == slash
                {
                    folders.insert(bytes[(zero + 1)..<(end - 1)].text, at: 0)
                    end = zero
                }
                // The first of a list may follow other text directly: what is left must still look like a folder.
                if folders.count > 1 { return folders }
            }
        }
        return nil
    }

    private static func firstIndex(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return bytes.withUnsafeBytes { all -> Int? in
            mark.withUnsafeBytes { wanted -> Int? in
                var place = start
                while place <= all.count - wanted.count {
                    guard let base = all.baseAddress, let mark = wanted.baseAddress, let first = wanted.first,
                        let hit = memchr(base + place, Int32(first), all.count - wanted.count - place + 1)
                    else { return nil }
                    place = UnsafeRawPointer(hit) - base
                    if memcmp(base + place, mark, wanted.count) == 0 { return place }
                    place += 1
                }
                return nil
            }
        }
    }

    private static func platform(_ kind: ELFKind) -> String {
        switch kind.machine {
        case 62: "x86_64"
        case 183: "aarch64"
        case 3: "i686"
        default: ""
        }
    }
}

/// What this machine's processor can do, for glibc-hwcaps.
private enum Processor {
    /// See "glibc-hwcaps" in ld.so(8), and the x86-64 psABI for the levels.
    static let levels: [String] = {
        guard let file = try? Descriptor.open("/proc/cpuinfo", flags: O_RDONLY, object: "cpuinfo"),
            let text = try? file.read(limit: 1 << 16, object: "cpuinfo"),
            let line = text[...].lines.first(where: { $0.starts(with: "flags".utf8) })
        else { return [] }
        let flags = Set(line.words.map(\.text))
        let needs: [(String, [String])] = [
            ("x86-64-v2", ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"]),
            ("x86-64-v3", ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"]),
            ("x86-64-v4", ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
        ]
        return needs.prefix { flags.isSuperset(of: $0.1) }.map(\.0).reversed()
    }()
}
