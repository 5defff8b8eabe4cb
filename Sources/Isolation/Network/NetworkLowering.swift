// Lowering of network steps: namespaces are opened where they are first needed, then messages go to them by number.

import CIsolation
import Glibc
import Netlink

/// A link that the plan has made, where it is at this point.
struct MadeLink: Hashable {
    var name: String
    var slot: Int
}

extension Lowering {
    /// What the step at hand is lowered to.
    func lower(_ change: NetworkChange, in place: NetworkPlace) {
        let number = slot(of: place)
        switch change {
        case .setForwarding(let family, let on):
            add(ISO_NETWORK_SETTING) {
                $0.path = text("/proc/sys/" + family.forwardingSetting)
                $0.source = text(on ? "1" : "0")
                $0.value = UInt64(number)
            }
        case .addLink(let link, let settings):
            addMessage(of: change, in: place)
            addUndo(of: MadeLink(name: link.name.text, slot: number), settings, of: nil)
        case .setLink(let name, let settings):
            addMessage(of: change, in: place)
            let link = MadeLink(name: name.text, slot: number)
            guard settings.newName != nil || settings.newPlace != nil, let undo = undoOfLinks[link] else { break }
            undoOfLinks[link] = nil
            addUndo(of: link, settings, of: undo)
        case .deleteLink(let name):
            addMessage(of: change, in: place)
            // Nothing to undo any more, and nothing that later takes the name must be taken for it.
            guard let undo = undoOfLinks.removeValue(forKey: MadeLink(name: name.text, slot: number)) else { break }
            operations[undo].flags = UInt64(operations.count + 1)
            add(ISO_UNDO_NETLINK)
        case .addAddress, .deleteAddress, .addRoute, .deleteRoute, .masquerade: addMessage(of: change, in: place)
        }
    }

    /// What takes a link away again, where it is after these settings. It stands for an older one.
    private func addUndo(of link: MadeLink, _ settings: [LinkSetting], of older: Int?) {
        let slot = settings.newPlace.map { self.slot(of: $0) } ?? link.slot
        let name = settings.newName?.text ?? link.name
        if let older { operations[older].flags = UInt64(operations.count + 1) }
        undoOfLinks[MadeLink(name: name, slot: slot)] = operations.count
        guard let message = try? NetworkMessage(LinkRequest.delete(0), [:]),
            let offset = LinkRequest.delete(0).slots[.link]
        else { return }
        add(ISO_UNDO_NETLINK) {
            put(message, into: &$0)
            $0.value = UInt64(slot)
            put([iso_patch(kind: ISO_PATCH_INDEX, offset: offset, slot: slot, name: text(name))], into: &$0)
        }
    }

    private func addMessage(of change: NetworkChange, in place: NetworkPlace) {
        // Only an attribute of 64 KiB could fail, and names are bounded; the child refuses an operation without bytes.
        let message = (try? change.message(in: place)) ?? nil
        let patches = (message?.unknowns ?? []).map { offset, value in
            switch value {
            case .index(let link, let place):
                iso_patch(
                    kind: ISO_PATCH_INDEX, offset: offset, slot: slot(of: place), name: text(link.text))
            case .descriptor(let place):
                iso_patch(kind: ISO_PATCH_NAMESPACE, offset: offset, slot: slot(of: place), name: nil)
            }
        }
        let number = slot(of: place)
        add(ISO_NETLINK) {
            if let message { put(message, into: &$0) }
            $0.value = UInt64(number)
            put(patches, into: &$0)
        }
    }

    /// The number of a place, which is opened if the plan comes to it for the first time.
    func slot(of place: NetworkPlace) -> Int {
        let (number, isNew) = slots.number(of: place)
        guard isNew else { return number }
        add(ISO_NETWORK_OPEN) {
            $0.value = UInt64(number)
            switch place {
            case .own, .kept: break
            case .named(let name): $0.path = text(NetworkName.path(name))
            case .file(let place): put(place, into: &$0)
            }
        }
        return number
    }

    private func put(_ message: NetworkMessage, into operation: inout iso_op) {
        operation.source = bytes(message.bytes)
        operation.count = UInt32(message.bytes.count)
        operation.mode = message.family
        operation.other = Int32(bitPattern: message.sequence)
    }

    private func put(_ patches: [iso_patch], into operation: inout iso_op) {
        guard !patches.isEmpty else { return }
        let array = UnsafeMutablePointer<iso_patch>.allocate(capacity: patches.count)
        array.initialize(from: patches, count: patches.count)
        allocations.append(UnsafeMutableRawPointer(array))
        operation.patches = UnsafePointer(array)
        operation.patch_count = UInt32(patches.count)
    }
}

extension iso_patch {
    fileprivate init(kind: iso_patch_kind, offset: Int, slot: Int, name: UnsafePointer<CChar>?) {
        self.init(offset: UInt32(offset), kind: kind.rawValue, slot: UInt32(slot), reserved: 0, name: name)
    }
}
