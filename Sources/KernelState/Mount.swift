// One line of mountinfo.

import SystemPackage

/// How mount and unmount events travel. See mount_namespaces(7), "Shared subtrees".
package struct MountPropagation: Hashable, Sendable, CustomStringConvertible {
    /// The peer group that this mount is in (`shared:`).
    package var peerGroup: Int?
    /// The peer group that this mount follows (`master:`).
    package var master: Int?
    /// The nearest dominant peer group under the process's root (`propagate_from:`).
    package var propagateFrom: Int?
    package var isUnbindable = false

    package init(peerGroup: Int? = nil, master: Int? = nil, propagateFrom: Int? = nil, isUnbindable: Bool = false) {
        self.peerGroup = peerGroup
        self.master = master
        self.propagateFrom = propagateFrom
        self.isUnbindable = isUnbindable
    }

    package var isShared: Bool { peerGroup != nil }
    package var isSlave: Bool { master != nil }
    package var isPrivate: Bool { peerGroup == nil && master == nil && !isUnbindable }

    /// As findmnt(8) prints it: `private`, `shared`, `private,slave`, `shared,slave`, `unbindable`.
    package var description: String {
        if isUnbindable { return "unbindable" }
        return (isShared ? "shared" : "private") + (isSlave ? ",slave" : "")
    }
}

/// One mount. See proc_pid_mountinfo(5).
package struct Mount: Hashable, Sendable {
    package var id: Int
    package var parentID: Int
    /// `st_dev` of the files on it.
    package var device: DeviceNumber
    /// Which directory of the file system is mounted: `/`, or a bind mount's source inside its file system.
    package var root: FilePath
    /// Relative to the process's root.
    package var mountPoint: FilePath
    /// Of this mount alone: `ro`, `nosuid`, `relatime`.
    package var options: [String]
    package var propagation: MountPropagation
    /// Optional fields that this parser does not know.
    package var otherFields: [String]
    /// `ext4`, or `fuse.sshfs` with a subtype.
    package var fileSystem: String
    /// The device, or what the one who mounted it wrote; may be empty.
    package var source: String
    /// Of the file system, whatever mount it is seen through.
    package var superOptions: [String]

    /// The *mount* is read-only, or its file system is.
    package var isReadOnly: Bool { options.contains("ro") || superOptions.contains("ro") }

    /// The value of `name=value` among the file system's options.
    package func superOption(_ name: String) -> String? {
        superOptions.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    /// Nil when the line is not in that form.
    package init?(line: [UInt8]) { self.init(line: line[...]) }

    init?(line: Bytes) {
        // Empty fields are possible (an empty source), so every single space counts.
        let fields = line.split(separator: .space, omittingEmptySubsequences: false)
        guard fields.count >= 9, let id = fields[0].number(as: Int.self), id >= 0,
            let parent = fields[1].number(as: Int.self), parent >= 0,
            let device = fields[2].cut(at: UInt8(ascii: ":")), let major = device.before.number(as: UInt32.self),
            let minor = device.after.number(as: UInt32.self),
            let hyphen = fields[6...].firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }),
            hyphen + 2 < fields.endIndex
        else { return nil }
        self.id = id
        parentID = parent
        self.device = DeviceNumber(major: major, minor: minor)
        root = FilePath(bytes: fields[3].unmangled)
        mountPoint = FilePath(bytes: fields[4].unmangled)
        options = Self.options(fields[5])
        propagation = MountPropagation()
        otherFields = []
        fileSystem = fields[hyphen + 1].unmangled.text
        source = fields[hyphen + 2].unmangled.text
        // A kernel may add fields after these; they are passed over.
        superOptions = hyphen + 3 < fields.endIndex ? Self.options(fields[hyphen + 3]) : []
        for field in fields[6..<hyphen] where !field.isEmpty { readOptional(field) }
    }

    private mutating func readOptional(_ field: Bytes) {
        let (name, value) = field.cut(at: UInt8(ascii: ":")) ?? (field, [])
        let group = value.number(as: Int.self)
        switch (name.text, group) {
        case ("shared", .some(let group)): propagation.peerGroup = group
        case ("master", .some(let group)): propagation.master = group
        case ("propagate_from", .some(let group)): propagation.propagateFrom = group
        case ("unbindable", _): propagation.isUnbindable = true
        default: otherFields.append(field.text)
        }
    }

    /// Cut at commas, except those that a backslash protects (overlayfs paths).
    private static func options(_ field: Bytes) -> [String] {
        var parts: [[UInt8]] = [[]]
        var isProtected = false
        for byte in field.unmangled {
            if byte == UInt8(ascii: ","), !isProtected {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
            isProtected = byte == UInt8(ascii: "\\") && !isProtected
        }
        return parts.filter { !$0.isEmpty }.map(\.text)
    }
}
