// Who lives in a pid namespace, asked again and again: what was found out before is not asked twice.

import Glibc
import Linux

/// The processes of one pid namespace and of those nested in it, by number, start and name, cheap enough to be counted a hundred times
/// a second. A machine has many more processes than a playground, and nearly all of them are the same as ten milliseconds ago.
package struct NamespaceCensus: Sendable {
    package struct Member: Hashable, Sendable {
        package let process: ProcessIdentity
        package let comm: String
    }

    private let namespace: NamespaceID
    private var inside: Set<ProcessID> = []
    private var outside: Set<ProcessID> = []
    /// Those of whom it could not be told yet, and how often it was tried: who enters a namespace shows nothing until it has executed a
    /// program.
    private var undecided: [ProcessID: Int] = [:]
    /// The last look, in seconds of CLOCK_BOOTTIME.
    private var looked = 0

    /// After so many tries somebody is asked about now and then only.
    private static let (mostTries, now) = (200, 64)
    /// A number is not given twice in so many seconds: all the others come first. See `kernel.pid_max` in proc_sys_kernel(5).
    private static let trusted = 1

    package init(of namespace: NamespaceID) { self.namespace = namespace }

    /// Those who live now; zombies are not among them.
    package mutating func take() throws(KernelStateError) -> Set<Member> {
        let proc = try ProcFileSystem()
        var members: Set<Member> = []
        for pid in try numbers(in: proc) {
            guard let state = ProcessState.read(pid, fields: [], in: proc), !state.isZombie else { continue }
            members.insert(Member(process: state.identity, comm: state.comm))
        }
        return members
    }

    /// The numbers alone, zombies' too.
    package mutating func numbers() throws(KernelStateError) -> Set<ProcessID> { try numbers(in: ProcFileSystem()) }

    private mutating func numbers(in proc: borrowing ProcFileSystem) throws(KernelStateError) -> Set<ProcessID> {
        let time = Int(bootTime() / 1_000_000_000)
        if time - looked > Self.trusted {
            inside = []
            outside = []
        }
        looked = time
        let numbers = Set(try proc.processNumbers())
        inside.formIntersection(numbers)
        outside.formIntersection(numbers)
        undecided = undecided.filter { numbers.contains($0.key) }
        // Whether a namespace lies in the one that is counted, as one of its members showed in this look.
        var isInside = [namespace: true]
        for pid in numbers where !inside.contains(pid) && !outside.contains(pid) {
            let tries = undecided[pid, default: 0]
            if tries > Self.mostTries, tries % Self.now != 0 {
                undecided[pid] = tries + 1
                continue
            }
            switch NamespaceID.link("\(pid)/ns/pid", at: proc.directory.raw, .pid) {
            case .success(let own):
                undecided[pid] = nil
                if isInside[own] == nil {
                    isInside[own] = PidNamespaceAncestry.ancestors(of: pid, in: own)?.contains(namespace)
                }
                if isInside[own] == true {
                    inside.insert(pid)
                } else {
                    outside.insert(pid)
                }
            case .failure:
                undecided[pid] = tries + 1
            }
        }
        return inside
    }
}
