// The node's own runtime: sandboxes and containers of module Pods, images of the store.

import Foundation
import Images
import Isolation
import Pods
import SystemPackage

final class NodeRuntime: ContainerRuntime {
    private let node: PodNode
    private let images = ImageStore(path: FilePath(AgentPath.images))
    private let layers = NodeLayers()

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
        guard let lease = images.lease(image) else {
            throw StartFailure(
                .image, reason: StartFailure.pull, message: "the image \"\(spec.image)\" was removed meanwhile")
        }
        let layers = try image.layers.map(layers.folder)
        do {
            let container = try PodContainer.start(
                spec, of: pod.spec, image: ContainerImage(image, layers: layers), in: sandbox.sandbox,
                id: PodContainer.newID(),
                restart: restart, output: output, error: error)
            return NodeContainer(
                container, imageID: image.imageID, lease: lease,
                stopSignal: image.configuration.stopSignal.flatMap(SignalName.number) ?? 15)
        } catch {
            throw StartFailure(error)
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
            default:
                throw StartFailure(
                    .image, reason: StartFailure.pull, message: "failed to pull image \"\(spec.image)\": \(error)")
            }
        }
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
    fileprivate init(_ image: StoredImage, layers: [String]) {
        self.init(
            id: image.imageID, layers: layers, entryPoint: image.configuration.entryPoint,
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
    /// While it runs its image stays.
    private let lease: ImageLease

    init(_ container: PodContainer, imageID: String, lease: ImageLease, stopSignal: Int32) {
        self.container = container
        self.imageID = imageID
        self.lease = lease
        self.stopSignal = stopSignal
    }

    var child: Child { container.child }
    var id: String { container.id }
    func signal(_ number: Int32) { container.signal(number) }
    func kill() { container.kill() }
    func wasOOMKilled() -> Bool { container.wasOOMKilled() }
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
