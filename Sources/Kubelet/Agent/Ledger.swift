// The ledger: what the next agent must know of the pods of one that was killed.

import FoundationEssentials
import Glibc
import KernelState
import Linux
import Pods
import SystemPackage

/// A file for each pod, `UID.json`, in a folder of the node that is in memory: it outlives the agent and not the node.
struct Ledger {
    let folder: String
    private static let limit = 4 << 20

    init(folder: String = AgentPath.ledger) throws(WireError) {
        self.folder = folder
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw .system("make \(folder)", Errno(rawValue: errno))
        }
    }

    /// Beside it, then in its place: after a kill there is the old file or the new one, whole.
    func write(_ pod: Pod) throws {
        let data = try JSONEncoder().encode(pod)
        let path = "\(folder)/\(pod.uid).json"
        // It is in memory: nothing of it is left after a crash of the machine.
        try AtomicFile.write(Array(data), to: FilePath(path), flushing: false)
    }

    func remove(_ uid: String) { unlink("\(folder)/\(uid).json") }

    /// What was left, oldest first, and what could not be read. Files that are no pods' are taken away.
    func read() -> (pods: [Pod], problems: [String]) {
        var pods: [Pod] = []
        var problems: [String] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let root = try? RootDirectory(path: FilePath(folder)) else { return ([], []) }
        for name in names.sorted() {
            guard name.hasSuffix(".json") else {
                unlink("\(folder)/\(name)")
                continue
            }
            do {
                let bytes = try root.contents(of: FilePath("/" + name), limit: Self.limit)
                let pod = try JSONDecoder().decode(Pod.self, from: Data(bytes))
                guard name == pod.uid + ".json", !pod.spec.containers.isEmpty else {
                    throw WireError.malformed("it is another pod's")
                }
                pods.append(pod)
            } catch {
                problems.append("\(folder)/\(name) is taken away, because it cannot be read: \(error)")
                unlink("\(folder)/\(name)")
            }
        }
        return (pods.sorted { ($0.creationTime, $0.uid) < ($1.creationTime, $1.uid) }, problems)
    }
}
