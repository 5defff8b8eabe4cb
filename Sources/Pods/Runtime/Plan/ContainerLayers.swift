// The root of a container: the layers of its image under a layer of its own.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

struct ContainerLayers {
    var image: ContainerImage
    var folder: ContainerFolder

    /// The kernel takes a page of text with all that is said of an overlay; this is what is left beside the upper layer and the rest.
    private static let longestText = 3200

    /// Mounts the overlay. It may have been mounted before, with what was written to its upper layer.
    var steps: [Step] {
        let folders: [Step] = [folder.upper, folder.work, folder.root].map {
            .makeDirectory(.path($0), parents: true)
        }
        let (names, naming) = lower
        return folders + naming + [
            .mount(.overlay(lower: names, upper: folder.upper, work: folder.work), on: .path(folder.root))
        ]
    }

    /// The layers from the top, as the mount names them, and the steps after which they have these names. Relative to the folder that
    /// all are in; where even so they are too long for the kernel, by numbers, which are links.
    private var lower: (names: [String], naming: [Step]) {
        let layers: [String] = image.layers.reversed()
        let common = Self.commonFolder(image.layers)
        let relative = layers.map { layer in common.map { String(layer.dropFirst($0.count + 1)) } ?? layer }
        guard relative.reduce(0, { $0 + $1.utf8.count + 1 }) > Self.longestText else {
            return (relative, common.map { [.changeDirectory(.path($0))] } ?? [])
        }
        let place = folder.path + "/layers"
        var steps: [Step] = [.makeDirectory(.path(place), parents: true)]
        for (number, layer) in layers.enumerated() {
            steps.append(.makeSymbolicLink(.path("\(place)/\(number)"), to: layer))
        }
        return (layers.indices.map(String.init), steps + [.changeDirectory(.path(place))])
    }

    /// nil: they are in several, or there is but one.
    static func commonFolder(_ layers: [String]) -> String? {
        func folder(_ path: String) -> Substring? { path.lastIndex(of: "/").map { path[..<$0] } }
        guard layers.count > 1, let first = layers.first.flatMap(folder), !first.isEmpty,
            layers.allSatisfy({ folder($0) == first && !$0.hasSuffix("/") })
        else { return nil }
        return String(first)
    }

    /// Makes the image's corrections, in an overlay that is gone afterwards; what they have written stays in the upper layer.
    /// - Parameter known: the ids that this node has; what belongs to others is root's.
    func correct(known: NodeIDs) throws(PodError) {
        let corrections = image.corrections.filter {
            $0.user.map(known.hasUser) ?? true && $0.group.map(known.hasGroup) ?? true
        }
        guard !corrections.isEmpty else { return }
        func refuse(_ operation: String, _ object: String, _ meaning: String, _ errno: Errno? = nil) -> PodError {
            PodError(operation, object, errno: errno, meaning: meaning, reason: "CreateContainerError")
        }
        do {
            let finished = try Plan(steps + [.finish]).output(limit: 1024, patience: .seconds(60))
            guard finished.status.isSuccess else { throw refuse("mount on", folder.root, "\(finished.status)") }
        } catch let error as IsolationError {
            throw refuse("mount on", folder.root, "\(error)", error.errno)
        } catch let error as PodError {
            throw error
        } catch {
            throw refuse("mount on", folder.root, "\(error)")
        }
        defer { _ = iso_umount(folder.root, Int32(ISO_UMOUNT_DETACH | ISO_UMOUNT_NO_FOLLOW)) }
        let root: Descriptor
        do throws(SystemError) {
            root = try .open(folder.root, flags: openPath | O_DIRECTORY)
        } catch {
            throw refuse("open", folder.root, error.errno.words, error.errno)
        }
        for correction in corrections {
            do throws(Errno) {
                try correction.make(below: root.raw)
            } catch {
                throw refuse("give its owner to", String(decoding: correction.path, as: UTF8.self), error.words, error)
            }
        }
    }
}
