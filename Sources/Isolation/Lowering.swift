// From a plan to the flat array that the C executor walks. Everything the child will read is allocated here.

import CIsolation
import Glibc

/// A lowered plan. It owns the memory that its operations point to, and lives until the child has been started.
final class Lowering {
    static let registerCount = Int(ISO_REGISTER_COUNT)
    /// No descriptor.
    static let none = Int32(ISO_NONE)

    var operations: [iso_op] = []
    var needsLastingThread = false
    /// The maps that the parent must write when the child asks, by step.
    var parentMaps: [Int32: IDMap] = [:]

    var allocations: [UnsafeMutableRawPointer] = []
    var registers: [String: (number: Int32, isTree: Bool)] = [:]
    var inUserNamespace = !Privilege.inInitialUserNamespace
    /// A pid namespace has been made or joined, and this process is not in it.
    var pidNamespaceWaits = false
    var inNewPidNamespace = false
    /// The descriptors of this process that operations name.
    private var named: [Int32] = []
    private let programs: SealedPrograms
    /// The step that is being lowered.
    private(set) var step: Int32 = 0
    /// Which step is `.witnessSignals`.
    private let witness: Int32?
    var witnessed = false
    var deathSignal: (step: Int32, signal: Int32)?
    var slots = NetworkSlots()
    /// The operation that takes a link away again.
    var undoOfLinks: [MadeLink: Int] = [:]
    var duplicates: [(step: Int32, from: Int32, to: Int32)] = []

    /// - Parameters:
    ///   - programs: what `.openExecutable` steps have opened.
    ///   - cgroup: a cgroup v2 in which the process is to be born that walks the plan.
    init(_ plan: Plan, programs: SealedPrograms, cgroup: Int32?) {
        self.programs = programs
        witness = plan.steps.firstIndex(of: .witnessSignals).map { Int32($0) }
        let birth = cgroup.map { (step: 0, cgroup: $0, isStep: false) } ?? plan.birth
        if let birth { add(ISO_FORK, for: Int32(birth.step)) { $0.fork = .init(cgroup: birth.cgroup) } }
        let head = plan.headLength
        for (index, family) in plan.steps.map(\.family).enumerated() {
            if let birth, birth.isStep, birth.step == index { continue }
            step = Int32(index)
            family.note(in: &slots)
            family.lower(into: self)
            guard index == head - 1, pidNamespaceWaits else { continue }
            fork()
            inNewPidNamespace = true
        }
        shut()
    }

    /// Notes that the process is in other namespaces of these kinds from now on.
    func enter(_ namespaces: Set<Namespace>) {
        inUserNamespace = inUserNamespace || namespaces.contains(.user)
        inNewPidNamespace = inNewPidNamespace && !namespaces.contains(.pid)
        pidNamespaceWaits = pidNamespaceWaits || namespaces.contains(.pid)
    }

    /// Into the pid namespace that waits for its first process. What is not needed after that is closed before. A witness is installed
    /// before too: its listener is handed over by who is still bound by no limit of those inside.
    func fork() {
        if let witness, !witnessed {
            add(ISO_WITNESS_SIGNALS, for: witness)
            witnessed = true
        }
        add(ISO_SHUT)
        add(ISO_FORK) { $0.fork = .init(cgroup: Self.none) }
    }

    /// Says for every place of the plan where descriptors are closed which ones are needed after it.
    private func shut() {
        var descriptors = Set<Int32>()
        var kept: UInt64 = 0
        for index in operations.indices.reversed() {
            let operation = operations[index]
            if iso_code(operation.code) == ISO_SHUT {
                let needed = descriptors.sorted().map { UInt32(bitPattern: $0) }
                operations[index].shut = .init(kept: numbers(needed), registers: kept)
                continue
            }
            for descriptor in operation.descriptors {
                if descriptor >= 0 { descriptors.insert(descriptor) }
                let register = Int32(ISO_REGISTER_BASE) - descriptor
                if (0..<Int32(Self.registerCount)).contains(register) { kept |= 1 << UInt64(register) }
            }
        }
        named = descriptors.sorted()
    }

    deinit { for allocation in allocations { free(allocation) } }

    /// Calls `body` with the plan for `iso_start`. `streams` are descriptors by now; -1 inherits.
    func withPlan<Result>(
        program: Int32, streams: (Int32, Int32, Int32), _ body: (UnsafePointer<iso_plan>) -> Result
    ) -> Result {
        operations.withUnsafeBufferPointer { buffer in
            named.withUnsafeBufferPointer { named in
                var plan = iso_plan(
                    ops: buffer.baseAddress, count: UInt32(buffer.count), lasting_thread: needsLastingThread ? 1 : 0,
                    program: program, streams: streams, named: named.baseAddress, named_count: UInt32(named.count))
                return body(&plan)
            }
        }
    }

    // MARK: Memory

    func text(_ string: String) -> UnsafePointer<CChar>? {
        guard let copy = strdup(string) else { return nil }
        allocations.append(UnsafeMutableRawPointer(copy))
        return UnsafePointer(copy)
    }

    func list(_ strings: [String]) -> UnsafePointer<UnsafePointer<CChar>?> {
        let array = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (array + index).initialize(to: text(string)) }
        (array + strings.count).initialize(to: nil)
        allocations.append(UnsafeMutableRawPointer(array))
        return UnsafePointer(array)
    }

    /// Bytes that may be zero.
    func bytes(_ contents: some Collection<UInt8>) -> iso_bytes {
        let array = array(contents.map { CChar(bitPattern: $0) })
        return iso_bytes(first: UnsafePointer(array), count: UInt32(contents.count))
    }

    func numbers(_ values: [UInt32]) -> iso_numbers {
        iso_numbers(first: UnsafePointer(array(values)), count: UInt32(values.count))
    }

    /// A copy that lives as long as the plan.
    func array<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
        let array = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
        array.initialize(from: values, count: values.count)
        allocations.append(UnsafeMutableRawPointer(array))
        return array
    }

    // MARK: Operations

    /// - Parameter other: the step to report when the operation fails, if that is not the step at hand.
    func add(_ code: iso_code, for other: Int32? = nil, _ fill: (inout iso_op) -> Void = { _ in }) {
        var operation = iso_op()
        operation.code = code.rawValue
        operation.step = other ?? step
        fill(&operation)
        operations.append(operation)
    }

    func register(_ name: String) -> Int32 {
        if let program = programs.descriptors[name] { return program }
        return Int32(ISO_REGISTER_BASE) - (registers[name]?.number ?? Int32(Self.registerCount))
    }

    func newRegister(_ name: String, isTree: Bool) -> Int32 {
        let number = Int32(registers.count)
        registers[name] = (number, isTree)
        return number
    }

    func place(_ place: Place) -> iso_place {
        var result = noPlace
        switch place {
        case .path(let path): result.path = text(path)
        case .inside(let root, let path):
            result.root = text(root)
            result.path = text(path)
        case .mountPoint(let root, let path, let isOrdinary):
            result.root = text(root)
            result.path = text(path)
            result.rule = (isOrdinary ? ISO_PLACE_ORDINARY : ISO_PLACE_MOUNT_POINT).rawValue
            if !isOrdinary { result.allowed = list(Place.allowedInProc.map { "proc/" + $0 }) }
        case .opened(let name): result.fd = register(name)
        case .descriptor(let fd): result.fd = fd
        }
        return result
    }

    var noPlace: iso_place {
        iso_place(fd: Self.none, rule: ISO_PLACE_ANY.rawValue, root: nil, path: nil, allowed: nil)
    }

    /// The end has an order of its own: descriptors (whose numbers may clash with ours) before signals, the
    /// parent-death signal after every change of credentials, nothing after that but exec.
    func addEndOfPreparations() {
        let first = max(3, (duplicates.map(\.to).max() ?? 0) + 1)
        add(ISO_MOVE_DESCRIPTORS) { $0.move_descriptors = .init(first: UInt32(first)) }
        for duplicate in duplicates {
            add(ISO_DUPLICATE, for: duplicate.step) {
                $0.duplicate = .init(source: duplicate.from, target: UInt32(duplicate.to))
            }
        }
        add(ISO_RESET_SIGNALS)
        guard let deathSignal else { return }
        add(ISO_DEATH_SIGNAL, for: deathSignal.step) { $0.death_signal = .init(signal: UInt32(deathSignal.signal)) }
    }
}

extension iso_op {
    /// Descriptors and registers that the operation reads.
    fileprivate var descriptors: [Int32] {
        withUnsafePointer(to: self) { operation in
            [Int32](unsafeUninitializedCapacity: Int(ISO_OPERATION_READS_MAX)) { buffer, count in
                guard let first = buffer.baseAddress else { return }
                count = Int(iso_operation_reads(operation, first))
            }
        }
    }
}

extension Plan {
    /// The step at the plan's beginning that joins a cgroup v2, which a process can be born in as well: then the kernel does not wait
    /// until all processors have seen that somebody moves, which takes 10 ms and more. See clone(2), CLONE_INTO_CGROUP (Linux 5.7).
    fileprivate var birth: (step: Int, cgroup: Int32, isStep: Bool)? {
        for (index, step) in steps.enumerated() {
            if case .descriptors(.openExecutable) = step { continue }
            guard case .limits(.joinCgroup(.descriptor(let cgroup))) = step else { return nil }
            // A file that only v2 has.
            if faccessat(cgroup, "cgroup.controllers", F_OK, 0) == 0 { return (index, cgroup, true) }
        }
        return nil
    }
}
