// What kind of machine this is, in the words by which lessons and variables choose.

import Glibc
import KernelState

/// Words such as `cgroup-hybrid` and `memory-v1`: which cgroup layout the machine has, and on which version of the interface each
/// controller is. `v2-tree`: this user's playgrounds have a v2 tree, with or without controllers; else `no-v2-tree`.
package struct MachineWords: Sendable, Equatable {
    package var words: Set<String>

    package init(_ words: Set<String>) { self.words = words }

    /// Every word that a lab may use.
    package static let known: [String] =
        HostReport.Cgroup.allCases.map { "cgroup-\($0.rawValue)" }
        + controllers.flatMap { ["\($0)-v1", "\($0)-v2"] } + ["v2-tree", "no-v2-tree"]

    private static let controllers = ["cpu", "io", "memory", "pids"]

    /// This machine's. A controller that is on no hierarchy is told of as v2's, as lessons tell of what is new.
    package static let current: MachineWords = {
        let hierarchies = try? CgroupHierarchies.read()
        var words: Set<String> = ["cgroup-\(HostReport.Cgroup.current.rawValue)"]
        for controller in controllers {
            words.insert("\(controller)-\(hierarchies?.hierarchy(of: controller)?.isUnified == false ? "v1" : "v2")")
        }
        // A v2 hierarchy without any of these controllers is handed to nobody; root needs no handing over.
        let hasTree =
            hierarchies?.hierarchies.contains {
                $0.isUnified && (geteuid() == 0 || !Set($0.controllers).isDisjoint(with: controllers))
            } == true
        words.insert(hasTree ? "v2-tree" : "no-v2-tree")
        return MachineWords(words)
    }()

    /// Whether this machine is one of those that are named; none named means any.
    package func fit(_ names: [String]) -> Bool { names.isEmpty || !words.isDisjoint(with: names) }
}
