// The images that the pods of a playground can have.

import Glibc
import Images
import SystemPackage

/// The user's image store, beside the folder that the course roots are in: `DATA/images` and `DATA/roots`.
package struct NodeImages: Sendable {
    /// What the manifests of labs name.
    package static let wanted = "docker.io/library/busybox:latest"
    /// Makes it.
    package static let remedy = "podlab image build busybox"

    private let path: FilePath

    /// - Parameter courseRoot: `DATA/roots/course`, or where that link leads: a folder further down.
    package init(beside courseRoot: FilePath) {
        var folder = courseRoot
        while let name = folder.lastComponent?.string, name != "roots" { folder.removeLastComponent() }
        path = folder.removingLastComponent().appending("images")
    }

    /// What a playground has mounted as its store; nil: there is none.
    var store: FilePath? { access(path.appending("oci-layout").string, R_OK) == 0 ? path : nil }

    /// Why labs with pods cannot be done here, with the command that mends it; nil: they can.
    package var problem: String? {
        do {
            _ = try ImageStore(path: path).resolve(Self.wanted)
            return nil
        } catch {
            return error.kind == .notFound
                ? "the image \(Self.wanted) is not in the image store at \(path): \(Self.remedy)" : "\(error)"
        }
    }
}
