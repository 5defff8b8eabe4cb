// Mounts in the words of mount(8) and of the kernel's calls.

import CIsolation

extension Propagation {
    var flag: UInt64 {
        switch self {
        case .shared: UInt64(ISO_PROPAGATION_SHARED)
        case .private: UInt64(ISO_PROPAGATION_PRIVATE)
        case .slave: UInt64(ISO_PROPAGATION_SLAVE)
        case .unbindable: UInt64(ISO_PROPAGATION_UNBINDABLE)
        }
    }

    /// As mount(8) and mount(2) name it.
    var flagName: String { "MS_\(rawValue.uppercased())" }
}

extension MountOptions {
    /// The command that sets them on a mount that is there; none for none.
    func remount(_ path: String) -> [String] {
        if isEmpty { return [] }
        return [shellCommand(["mount", "-o", (["remount", "bind"] + optionNames).joined(separator: ","), path])]
    }

    func setattr(of fd: String, recursive: Bool) -> String {
        "mount_setattr(\(fd), \"\", AT_EMPTY_PATH\(recursive ? "|AT_RECURSIVE" : ""), {attr_set=\(attributeNames)})"
    }
}

extension Place {
    /// What an …at call needs for a descriptor instead of a path.
    var emptyPathFlag: String? {
        switch self {
        case .path: nil
        case .inside, .mountPoint, .opened, .descriptor: "AT_EMPTY_PATH"
        }
    }

    /// The target of move_mount(2), and its flags.
    var moveTarget: String {
        let flags = ["MOVE_MOUNT_F_EMPTY_PATH"] + (emptyPathFlag == nil ? [] : ["MOVE_MOUNT_T_EMPTY_PATH"])
        return "\(at), \(flags.joined(separator: "|"))"
    }

    func setattrFlags(_ recursive: Bool) -> String {
        let flags = [emptyPathFlag, recursive ? "AT_RECURSIVE" : nil].compactMap { $0 }
        return flags.isEmpty ? "0" : flags.joined(separator: "|")
    }
}
