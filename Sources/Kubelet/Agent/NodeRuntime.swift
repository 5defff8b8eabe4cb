// The node's own runtime: sandboxes and containers of module Pods, images of the store.

import Glibc
import Images
import Isolation
import Pods
import SystemPackage
import Text

final class NodeRuntime: ContainerRuntime {
    private let node: PodNode
    private let images = ImageStore(path: FilePath(AgentPath.images))
    /// What overlays of an image are to be corrected by, by its id and layers.
    private var corrections: [StoredImage: [FileCorrection]] = [:]

    /// Makes the node ready, and takes away what an agent that was killed has left.
    init() throws {
        node = try PodNode()
        node.cleanUp()
    }

    var hostAddress: String { "\(node.hostIP)" }

    func warnings(_ spec: PodSpec) -> [String] { node.limitWarnings(spec) }

    func startSandbox(_ pod: Pod, attempt: UInt32) throws -> any RunningSandbox {
        let identity = PodIdentity(uid: pod.uid, name: pod.spec.name, namespace: pod.spec.metadata.namespace)
        return NodeSandbox(try PodSandbox.start(pod.spec, identity, attempt: attempt, node: node))
    }

    func startContainer(
        _ name: String, of pod: Pod, in sandbox: any RunningSandbox, restart: UInt32, output: Int32, error: Int32
    ) throws -> any RunningContainer {
        guard let spec = pod.spec.allContainers.first(where: { $0.name == name }), let sandbox = sandbox as? NodeSandbox
        else { throw StartFailure(.creation, reason: "CreateContainerError", message: "no such container: \(name)") }
        let image = try find(spec)
        let corrections = try corrections(of: image)
        do {
            let container = try PodContainer.start(
                spec, of: pod.spec, image: ContainerImage(image, corrections: corrections), in: sandbox.sandbox,
                id: PodContainer.newID(),
                restart: restart, output: output, error: error)
            return NodeContainer(
                container, imageID: image.imageID,
                stopSignal: image.configuration.stopSignal.flatMap(SignalName.number) ?? 15)
        } catch {
            throw StartFailure(error)
        }
    }

    private func corrections(of image: StoredImage) throws(StartFailure) -> [FileCorrection] {
        if let known = corrections[image] { return known }
        do {
            let found = try image.corrections().map {
                FileCorrection(
                    path: $0.path, user: $0.user, group: $0.group, mode: $0.mode, modified: $0.modified,
                    link: $0.link)
            }
            corrections[image] = found
            return found
        } catch {
            throw StartFailure(.creation, reason: "CreateContainerError", message: "\(error)")
        }
    }

    /// Nothing is fetched here, whatever the policy says; it decides only how a missing image is told of.
    private func find(_ spec: ContainerSpec) throws(StartFailure) -> StoredImage {
        do {
            return try images.resolve(spec.image)
        } catch {
            switch error.kind {
            case .invalidReference:
                throw StartFailure(
                    .image, reason: "InvalidImageName",
                    message: "Failed to apply default image tag \"\(spec.image)\": \(error)")
            case .notFound where spec.imagePullPolicy == "Never":
                throw StartFailure(
                    .image, reason: "ErrImageNeverPull",
                    message: "Container image \"\(spec.image)\" is not present with pull policy of Never")
            case .notFound:
                throw StartFailure(
                    .image, reason: StartFailure.pull,
                    message:
                        "failed to pull image \"\(spec.image)\": it is not in the image store\(images.advice(spec.image)), and"
                        + " nothing is fetched while a pod starts: on your machine, podlab image list tells what there is"
                )
            default:
                throw StartFailure(
                    .image, reason: StartFailure.pull, message: "failed to pull image \"\(spec.image)\": \(error)")
            }
        }
    }
}

extension ImageStore {
    /// What may have been meant by a name that the store has not.
    fileprivate func advice(_ name: String) -> String {
        guard let wanted = try? ImageReference(name), let all = try? all() else { return "" }
        let others = all.compactMap { try? ImageReference($0.reference) }
        // Another tag of the same image before another image.
        let near =
            others.first { $0.name == wanted.name }
            ?? Spelling.nearest(to: wanted.familiar, in: others.map(\.familiar)).flatMap { name in
                others.first { $0.familiar == name }
            }
        return near.map { " (did you mean '\($0.familiar)\($0.tag.map { ":\($0)" } ?? "")'?)" } ?? ""
    }
}

extension StartFailure {
    fileprivate init(_ error: PodError) {
        let message = error.hint.map { "\(error.meaning) (\($0))" } ?? error.meaning
        switch error.reason {
        case "RunContainerError": self.init(.execution, reason: error.reason, message: message)
        case "": self.init(.creation, reason: "CreateContainerError", message: "\(error)")
        default: self.init(.creation, reason: error.reason, message: message)
        }
    }
}

extension ContainerImage {
    fileprivate init(_ image: StoredImage, corrections: [FileCorrection]) {
        self.init(
            id: image.imageID, layers: image.layers.map(\.string), corrections: corrections,
            entryPoint: image.configuration.entryPoint,
            command: image.configuration.command, environment: image.configuration.environment,
            workingDirectory: image.configuration.workingDirectory, user: image.configuration.user)
    }
}

private final class NodeSandbox: RunningSandbox {
    let sandbox: PodSandbox

    init(_ sandbox: PodSandbox) { self.sandbox = sandbox }

    var pause: Child { sandbox.pause }
    var address: String { "\(sandbox.address)" }
    func remove(keepingVolumes: Bool) { sandbox.remove(keepingVolumes: keepingVolumes) }
}

private final class NodeContainer: RunningContainer {
    private let container: PodContainer
    let imageID: String
    let stopSignal: Int32

    init(_ container: PodContainer, imageID: String, stopSignal: Int32) {
        self.container = container
        self.imageID = imageID
        self.stopSignal = stopSignal
    }

    var child: Child { container.child }
    var id: String { container.id }
    func signal(_ number: Int32) { container.signal(number) }
    func kill() { container.kill() }
    func wasOOMKilled() -> Bool { container.wasOOMKilled() }
    func terminationMessage() -> String? { container.terminationMessage() }
    func remove() { container.remove() }

    func exec(_ command: [String], streams: StandardStreams) throws -> Child {
        do { return try container.exec(command, streams: streams) } catch { throw Refusal(error) }
    }

    func exec(_ command: [String], terminal: ExecRequest.Size, name: String?) throws -> (Child, master: Int32) {
        let environment = name.map { [EnvironmentVariable(name: "TERM", value: $0)] } ?? []
        do {
            let started = try container.execOnTerminal(
                command, environment: environment, rows: terminal.rows, columns: terminal.columns)
            return (started.child, started.master)
        } catch {
            throw Refusal(error)
        }
    }
}

extension Refusal {
    fileprivate init(_ error: PodError) {
        let kind: Kind =
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory: .noSuchCommand
            case .permissionDenied, Errno(rawValue: 8): .notExecutable
            default: .system
            }
        self.init(kind, "error: Internal error occurred: error executing command in container: \(error)")
    }
}
