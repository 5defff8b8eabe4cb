// A home folder with an image store and, when pods are applied, a node.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

/// The image store of this test process lies beside its course root; busybox is put into it once.
enum ImageData {
    static let trouble: String? = {
        if let trouble = Executable.trouble { return trouble }
        do {
            let built = try Home().podlab("image", "build", "busybox")
            return built.code == 0 ? nil : "no image can be made here: \(built.error)"
        } catch {
            return "\(error)"
        }
    }()
}

extension Trait where Self == ConditionTrait {
    /// For tests that run pods.
    static var needsImages: Self {
        .enabled(if: ImageData.trouble == nil, Comment(rawValue: ImageData.trouble ?? ""))
    }
}

/// Ends its node when it goes.
final class PodHome {
    let home: Home

    init(_ home: Home? = nil) throws { self.home = try home ?? Home() }

    deinit { _ = try? home.podlab("node", "stop") }

    /// `podlab pod …`
    @discardableResult
    func pod(
        _ arguments: String..., input: String = "", environment: [String: String] = [:],
        seconds: Double = Deadline.seconds
    ) throws -> Finished {
        try run(
            [try home.executable(), "pod"] + arguments, input: input,
            environment: home.environment.merging(environment) { _, new in new }, seconds: seconds)
    }

    /// A pod's object as `get -o json` has it.
    func object(_ name: String) throws -> PodObject {
        let found = try pod("get", name, "-o", "json")
        guard found.code == 0 else { throw TookTooLong(description: "\(found)") }
        return try JSONDecoder().decode(PodObject.self, from: Data(found.bytes))
    }

    func objects() throws -> [PodObject] {
        struct List: Decodable { var items: [PodObject] }
        let found = try pod("get", "-o", "json")
        guard found.code == 0 else { throw TookTooLong(description: "\(found)") }
        return try JSONDecoder().decode(List.self, from: Data(found.bytes)).items
    }

    /// The process that holds the node; nil: none does.
    var holder: pid_t? {
        for name in home.sessions {
            let file = "\(home.path)/run/podlab/sessions/\(name)/session.json"
            guard let data = FileManager.default.contents(atPath: file),
                let record = try? JSONDecoder().decode(NodeRecord.self, from: data), record.kind == "node"
            else { continue }
            return record.owner.pid
        }
        return nil
    }

    private struct NodeRecord: Decodable {
        struct Owner: Decodable { var pid: Int32 }
        var kind: String?
        var owner: Owner
    }

    /// What runs on the node, by name; a name may be there several times.
    func processes(named name: String) throws -> [ProcessState] {
        guard let holder else { return [] }
        return try ProcessTable.read(fields: []).descendants(of: ProcessID(holder))
            .filter { $0.comm == name && !$0.isZombie }
    }

    static func fixture(_ name: String) -> String {
        Executable.checkout + "/Tests/EndToEnd/Fixtures/pods/\(name).yaml"
    }

    /// A manifest of one pod: containers by name, each with its command.
    static func manifest(
        _ name: String, _ containers: [(name: String, command: String)], policy: String = "Always",
        more: String = "", resources: String = ""
    ) -> String {
        var text = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
            spec:
              restartPolicy: \(policy)
              terminationGracePeriodSeconds: 0
              containers:

            """
        for container in containers {
            text += """
                    - name: \(container.name)
                      image: busybox
                      command: ["sh", "-c", "\(container.command)"]
                \(resources)
                """
        }
        return text + more + "\n"
    }
}

/// As much of `v1/Pod` as is looked at.
struct PodObject: Decodable {
    struct Metadata: Decodable {
        var name: String
        var uid: String
    }
    struct Status: Decodable {
        var phase: String
        var podIP: String?
        var hostIP: String?
        var containerStatuses: [Container]
    }
    struct Container: Decodable {
        struct State: Decodable {
            struct Waiting: Decodable { var reason: String }
            struct Terminated: Decodable {
                var reason: String
                var exitCode: Int
            }
            struct Running: Decodable {}
            var waiting: Waiting?
            var running: Running?
            var terminated: Terminated?
        }
        var name: String
        var ready: Bool
        var restartCount: Int
        var state: State
        var lastState: State?
    }
    var metadata: Metadata
    var status: Status

    var isRunning: Bool { status.phase == "Running" && status.containerStatuses.allSatisfy(\.ready) }
}
