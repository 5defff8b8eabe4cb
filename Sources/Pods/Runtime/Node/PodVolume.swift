// Volumes: where each is in the node, and the steps that make it and bring it into a container.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

/// One volume of a pod in its node.
struct PodVolume {
    let volume: Volume
    let folder: PodFolder

    var name: String { volume.name }
    private var path: String { folder.volume(name) }

    /// Whether it is a mount of the node's, which outlives processes and must be taken away.
    var isMounted: Bool {
        if case .emptyDirectory(let inMemory, let limit) = volume.source { inMemory || limit != nil } else { false }
    }

    // MARK: With the pod

    /// A hostPath of the wrong kind.
    func problem() -> PodError? {
        guard case .hostPath(let path, let type) = volume.source else { return nil }
        func refuse(_ meaning: String, _ errno: Errno? = nil) -> PodError {
            PodError("use volume", name, errno: errno, meaning: meaning, reason: "FailedMount")
        }
        guard path.hasPrefix("/") else { return refuse("hostPath \(path) is not an absolute path") }
        if path.split(separator: "/").contains("..") { return refuse("hostPath \(path) has .. in it") }
        do throws(SystemError) {
            let kind = try Descriptor.open(path, inRoot: "/", flags: openPath).kind
            switch type {
            case .directory where kind != S_IFDIR, .directoryOrCreate where kind != S_IFDIR:
                return refuse("hostPath type check failed: \(path) is not a directory")
            case .file where kind != S_IFREG, .fileOrCreate where kind != S_IFREG:
                return refuse("hostPath type check failed: \(path) is not a file")
            default: return nil
            }
        } catch {
            switch (error.errno, type) {
            case (.noSuchFileOrDirectory, .directoryOrCreate), (.noSuchFileOrDirectory, .fileOrCreate): return nil
            // A symbolic link of the kernel's, such as /proc/1/root, leads out of any root.
            case (.tooManySymbolicLinkLevels, _):
                return refuse("hostPath \(path) goes through a magic link, or through too many links", error.errno)
            default: return refuse("hostPath \(path): \(error.errno.named)", error.errno)
            }
        }
    }

    /// Makes it, when the pod begins. What is there already stays.
    var making: [Step] {
        switch volume.source {
        case .emptyDirectory:
            // A mount is made in the node itself, before.
            isMounted ? [] : [.makeDirectory(.path(path), parents: true), .setMode(.path(path), 0o777)]
        case .configMap(_, let files, _, _):
            [.makeDirectory(.path(path), parents: true)]
                + files.sorted { $0.key < $1.key }.flatMap { name, content -> [Step] in
                    let folder = name.split(separator: "/").dropLast().joined(separator: "/")
                    return (folder.isEmpty ? [] : [.makeDirectory(.inside(root: path, folder), parents: true)])
                        + [.writeFile(.inside(root: path, name), contents: content)]
                }
        case .hostPath(let path, .directoryOrCreate): [.makeDirectory(.inside(root: "/", path), parents: true)]
        case .hostPath(let path, .fileOrCreate): [.makeFile(.inside(root: "/", path))]
        case .hostPath: []
        }
    }

    /// Makes the mount of the node's own, if it is one and is not there yet.
    func mount() throws(IsolationError) {
        guard isMounted, case .emptyDirectory(_, let limit) = volume.source else { return }
        var identity = iso_identity()
        if iso_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &identity) == 0, identity.is_mount_root == 1 { return }
        let plan: Plan = [
            .makeDirectory(.path(path), parents: true),
            .mount(.tmpfs(size: limit, mode: 0o777), on: .path(path), options: [.noSuid, .noDevices]), .finish,
        ]
        _ = try plan.run()
    }

    /// Takes that mount away again; what is not mounted is no error.
    func unmount() { if isMounted { _ = iso_umount(path, Int32(ISO_UMOUNT_DETACH | ISO_UMOUNT_NO_FOLLOW)) } }

    // MARK: In a container

    /// The steps that bind it, or a part of it, into a root that somebody else has filled.
    /// - Parameter number: of the mount in its container, for a name that is its own.
    func binding(_ mount: VolumeMount, number: Int, into container: ContainerFolder) throws(PodError) -> [Step] {
        var steps: [Step] = []
        let source: Place
        // What is the root of the volume, as a path that the node's own root holds.
        switch (volume.source, mount.subPath) {
        case (.hostPath(let path, _), nil): source = .inside(root: "/", path)
        case (.hostPath(let path, _), let part?):
            // The root in which the part is looked for must be a place without links: a mount of its own.
            let staged = "\(container.staging)/\(number)"
            steps += [
                .makeDirectory(.path(staged), parents: true),
                .bind(from: .inside(root: "/", path), to: .path(staged), recursive: true),
            ]
            source = .inside(root: staged, part)
        case (_, nil): source = .path(path)
        case (_, let part?): source = .inside(root: path, part)
        }
        let kind = try kindOfSource(part: mount.subPath)
        // As Kubernetes: a part that is not there is a folder to be.
        if kind == nil, mount.subPath != nil { steps.append(.makeDirectory(source, parents: true)) }
        let target = Place.inside(root: container.root, mount.place)
        if kind ?? S_IFDIR == S_IFDIR {
            steps.append(.makeDirectory(target, parents: true))
        } else {
            let parent = mount.place.prefix(upTo: mount.place.lastIndex(of: "/") ?? mount.place.startIndex)
            if !parent.isEmpty {
                steps.append(.makeDirectory(.inside(root: container.root, String(parent)), parents: true))
            }
            steps.append(.makeFile(target))
        }
        var options: MountOptions = mount.readOnly ? .readOnly : []
        // A ConfigMap belongs to the cluster, whatever the manifest says.
        if case .configMap = volume.source { options = .readOnly }
        return steps + [.bind(from: source, to: target, recursive: true, options: options)]
    }

    /// The bits of S_IFMT of what is mounted; nil: it is not there yet.
    private func kindOfSource(part: String?) throws(PodError) -> mode_t? {
        do throws(SystemError) {
            let root: Descriptor
            if case .hostPath(let path, _) = volume.source {
                root = try .open(path, inRoot: "/", flags: openPath)
            } else {
                root = try .open(path, flags: openPath)
            }
            guard let part else { return root.kind }
            // What the path leads to in the volume, which is nothing outside of it.
            return try Descriptor.open(part, inRoot: root.raw, flags: openPath).kind
        } catch {
            if error.errno == .noSuchFileOrDirectory, part != nil { return nil }
            throw PodError(
                "use volume", name + (part.map { ", subPath \($0)" } ?? ""), errno: error.errno,
                meaning: error.errno.named, reason: "CreateContainerConfigError")
        }
    }
}
