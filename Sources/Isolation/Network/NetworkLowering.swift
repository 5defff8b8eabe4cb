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
                $0.network_setting = .init(
                    slot: UInt32(number), file: text("/proc/sys/" + family.forwardingSetting),
                    value: text(on ? "1" : "0"))
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
            operations[undo].undo_netlink.successor = UInt32(operations.count + 1)
            add(ISO_UNDO_NETLINK)
        case .addAddress, .deleteAddress, .addRoute, .deleteRoute, .masquerade: addMessage(of: change, in: place)
        }
    }

    /// What takes a link away again, where it is after these settings. It stands for an older one.
    private func addUndo(of link: MadeLink, _ settings: [LinkSetting], of older: Int?) {
        let slot = settings.newPlace.map { self.slot(of: $0) } ?? link.slot
        let name = settings.newName?.text ?? link.name
        if let older { operations[older].undo_netlink.successor = UInt32(operations.count + 1) }
        undoOfLinks[MadeLink(name: name, slot: slot)] = operations.count
        guard let message = try? NetworkMessage(LinkRequest.delete(0), [:]),
            let offset = LinkRequest.delete(0).slots[.link]
        else { return }
        add(ISO_UNDO_NETLINK) {
            let patch = iso_patch(kind: ISO_PATCH_INDEX, offset: offset, slot: slot, name: text(name))
            $0.undo_netlink = .init(messages: messages(message, [patch], in: slot), successor: 0)
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
            if let message { $0.netlink = .init(messages: messages(message, patches, in: number)) }
        }
    }

    /// The number of a place, which is opened if the plan comes to it for the first time.
    func slot(of place: NetworkPlace) -> Int {
        let (number, isNew) = slots.number(of: place)
        guard isNew else { return number }
        let file =
            switch place {
            case .own, .kept: noPlace
            case .named(let name): self.place(.path(NetworkName.path(name)))
            case .file(let place): self.place(place)
            }
        add(ISO_NETWORK_OPEN) { $0.network_open = .init(slot: UInt32(number), place: file) }
        return number
    }

    private func messages(_ message: NetworkMessage, _ patches: [iso_patch], in slot: Int) -> iso_messages {
        iso_messages(
            datagram: bytes(message.bytes), patches: patches.isEmpty ? nil : UnsafePointer(array(patches)),
            patch_count: UInt32(patches.count), slot: UInt32(slot), protocol: message.family, last: message.sequence)
    }
}

extension iso_patch {
    fileprivate init(kind: iso_patch_kind, offset: Int, slot: Int, name: UnsafePointer<CChar>?) {
        self.init(offset: UInt32(offset), kind: kind.rawValue, slot: UInt32(slot), reserved: 0, name: name)
    }
}
