// The layers of images on the node, for containers to stand on.

import Glibc
import Images
import Isolation
import Pods
import SystemPackage

/// Copies of layers in the node's own memory, one for all containers. The store is an overlay here, and the kernel lays overlays over
/// overlays once only (FILESYSTEM_MAX_STACK_DEPTH), which the host may have done already.
struct NodeLayers {
    private let place = FilePath(NodePaths.standard.pods).appending("layers")

    /// The folder of a layer, copied when it is asked for the first time. An agent that starts begins with none.
    func folder(of layer: FilePath) throws(StartFailure) -> String {
        let name = layer.lastComponent?.string ?? ""
        let copy = place.appending(name).string
        if access(copy, F_OK) == 0 { return copy }
        let part = place.appending(".part-" + name).string
        do {
            let steps: [Step] = [
                .makeDirectory(.path(place.string), mode: 0o700, parents: true),
                .execute("cp", arguments: ["cp", "-a", layer.string, part]),
            ]
            let copied = try Plan(steps).output(limit: 4096, patience: .seconds(60))
            guard copied.status.isSuccess else {
                throw failure("cp \(copied.status): \(copied.errorText)", removing: part)
            }
        } catch let error as StartFailure {
            throw error
        } catch {
            throw failure("\(error)", removing: part)
        }
        guard rename(part, copy) == 0 else {
            throw failure("rename \(part): \(String(cString: strerror(errno)))", removing: part)
        }
        return copy
    }

    private func failure(_ reason: String, removing part: String) -> StartFailure {
        removeTree(part)
        return StartFailure(
            .creation, reason: "CreateContainerError",
            message: "a layer of the image cannot be copied to the node's memory: \(reason)")
    }
}
