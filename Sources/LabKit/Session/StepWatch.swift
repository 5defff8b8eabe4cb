// What happens while a line runs: who ends, who comes, and which limits are written, told by the kernel as it happens.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import Playgrounds
import Synchronization
import SystemPackage
import Terminals

/// Follows, on a thread of its own, what the open checks of the current steps ask about: processes that are restarted, and cgroups whose
/// counters mean something only under certain limits. One line may let a server fall four times, or write two limits, and a look after the line
/// would know of the last only.
///
/// An end is an event, of a pidfd; so is the writing of a limit, of inotify(7). For births there is no event without more rights: they are
/// looked for while a line runs, and after it or after an event for as long as something may follow, less and less often. Where nobody types and
/// nothing happens the thread sleeps. What it may use of a processor is bounded (`ProcessorBudget`), whatever is born or written in the playground.
package final class StepWatch: @unchecked Sendable {
    /// What is to be followed for a step.
    struct Subject {
        var step: String
        var memory: Memory

        /// The kernel's names of those whose coming and going is asked for, and of those by whom they are told; nil: of anybody. Only a hint
        /// when to look: what a process is, a look finds out.
        var names: Set<String>? {
            guard !memory.restarts.contains(where: { $0.of.processName == nil }) else { return nil }
            let selectors = memory.restarts.flatMap { [$0.of, $0.beside, $0.renewed].compactMap { $0 } }
            return Set(selectors.flatMap(\.names))
        }
    }

    private struct State {
        var subjects: [Subject] = []
        var restarts: [String: [RestartSighting]] = [:]
        var limits: [String: [LimitSighting]] = [:]
        var census: NamespaceCensus?
        var members: Set<NamespaceCensus.Member> = []
        /// The folders of cgroups by what inotify calls each of their files of limits, and how often each was written since the last look.
        var files: [Int32: FilePath] = [:]
        var writings: [Int32: Int] = [:]
        /// More was written than inotify could say.
        var lostWritings = false
        var rhythm = WatchRhythm()
        var budget = ProcessorBudget()
        /// Nobody asks for what happens just now.
        var isResting = false
        var isStopped = false
        /// The thread has ended, and has closed what was its own.
        var isOver = false

        var isFollowing: Bool { !isResting && subjects.contains { !$0.isEmpty } }
        var isCounting: Bool { !isResting && subjects.contains { !$0.memory.restarts.isEmpty } }
    }

    private let node: NodeView
    private let programs: ProgramRecord
    private let cgroups: CgroupRecord
    private let state = Mutex(State())
    /// -1: none can be had, and looks must do.
    private let notices: Int32
    private var ends: EndClock?
    private var thread: ServiceThread?

    /// For so long a server may come to listen, in nanoseconds.
    private static let youth: UInt64 = 1_000_000_000

    init(node: NodeView, programs: ProgramRecord, cgroups: CgroupRecord) throws(TerminalError) {
        self.node = node
        self.programs = programs
        self.cgroups = cgroups
        notices = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        state.withLock { $0.census = node.namespaces[.pid].map { NamespaceCensus(of: $0) } }
        do {
            ends = try EndClock { [weak self] in self?.thread?.wake() }
            thread = try ServiceThread("the watch over the steps of a session") { [self] in serve(until: $0) }
        } catch {
            ends?.stop()
            if notices >= 0 { close(notices) }
            throw error
        }
    }

    /// Ends its threads and waits for them, a few seconds at most. The second time it does nothing.
    func stop() {
        state.withLock { $0.isStopped = true }
        ends?.stop()
        thread?.stop()
    }

    /// Processor time that the thread has used, in nanoseconds; nil when it has ended.
    var used: UInt64? { thread?.used }

    /// So much of it may be used at once.
    var most: Int64 { state.withLock { $0.budget.most } }

    // MARK: What is asked of it

    /// Follows these from now on, and forgets the others.
    func follow(_ subjects: [Subject]) {
        state.withLock { state in
            state.subjects = subjects
            state.restarts = [:]
            state.limits = [:]
            state.isResting = false
            state.rhythm.moved = bootTime()
            let before = ProcessorBudget.usedByThread()
            look(&state)
            if state.isCounting { state.budget.learn(look: ProcessorBudget.usedByThread() - before) }
        }
        thread?.wake()
    }

    /// Looks now.
    func look() {
        let isFollowing = state.withLock { state in
            drainNotices(&state)
            look(&state)
            return state.isFollowing
        }
        // There may be others now whose end the thread is to wait for.
        if isFollowing { thread?.wake() }
    }

    /// What was seen of a step until now.
    func sightings(of step: String) -> (restarts: [RestartSighting], limits: [LimitSighting]) {
        state.withLock { ($0.restarts[step] ?? [], $0.limits[step] ?? []) }
    }

    /// A line is about to be typed. Whom it may end must have been seen, however long nobody has looked.
    func lineBegins() {
        let isFollowing = state.withLock { state in
            guard state.isFollowing else { return false }
            state.rhythm.lineRuns = true
            state.rhythm.moved = bootTime()
            state.budget.open()
            drainNotices(&state)
            let (hasCome, hasGone) = state.isCounting ? count(&state) : (false, false)
            if hasCome || hasGone || !state.writings.isEmpty || state.lostWritings { look(&state) }
            return true
        }
        if isFollowing { thread?.wake() }
    }

    /// The line is done, or nobody waits for its end any longer.
    func lineEnds() { state.withLock { $0.rhythm.lineRuns = false } }

    /// Nobody will ask for what happens until the next step begins.
    func rest() {
        state.withLock { $0.isResting = true }
        thread?.wake()
    }

    // MARK: The thread

    private func serve(until stop: Int32) {
        defer {
            state.withLock { state in
                state.isOver = true
                if notices >= 0 { close(notices) }
            }
        }
        while true {
            let (pause, isListening) = state.withLock { waiting($0, at: bootTime()) }
            var events = [stop, isListening ? notices : -1].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&events, nfds_t(events.count), pause)
            if ready < 0, errno != EINTR { return }
            if events[0].revents != 0, !ServiceThread.takeWakes(from: stop) { return }
            state.withLock { state in
                let isOpen = state.budget.isOpen(
                    at: bootTime(), used: ProcessorBudget.usedByThread(), whileTyping: state.rhythm.lineRuns)
                guard !state.isStopped, state.isFollowing, isOpen else { return }
                drainNotices(&state)
                let hasEnded = ends?.hasEnds == true
                let (hasCome, hasGone) = state.isCounting ? count(&state) : (false, false)
                if hasEnded || hasCome || hasGone { state.rhythm.moved = bootTime() }
                if hasCome || hasGone && !hasEnded || events[1].revents != 0 || isAwaiting(state) {
                    look(&state)
                } else if hasEnded {
                    noteEnds(&state)
                }
                state.budget.settle(used: ProcessorBudget.usedByThread())
            }
        }
    }

    /// For how many milliseconds the thread waits, and whether for the notices of limits, too: not where nothing is to be followed, or all is used
    /// that it may use.
    private func waiting(_ state: State, at now: UInt64) -> (pause: Int32, isListening: Bool) {
        guard state.isFollowing else { return (-1, false) }
        let closed = state.budget.pause(whileTyping: state.rhythm.lineRuns)
        guard closed == 0 else { return (closed, false) }
        return (state.isCounting ? state.rhythm.pause(at: now) : -1, true)
    }

    /// Counts who lives in the playground, and whether somebody who is asked for has come or gone since the last time.
    private func count(_ state: inout State) -> (hasCome: Bool, hasGone: Bool) {
        let names = state.subjects.filter { !$0.memory.restarts.isEmpty }.map(\.names)
        let wanted = names.contains(nil) ? nil : Set(names.compactMap { $0 }.joined())
        let before = state.members
        state.members = ((try? state.census?.take()) ?? []).filter { wanted?.contains($0.comm) != false }
        return (!state.members.isSubset(of: before), !before.isSubset(of: state.members))
    }

    /// Whether somebody is so young that it may not listen yet at the port that is asked for. There is no event for that.
    private func isAwaiting(_ state: State) -> Bool {
        let asked = Set(state.subjects.flatMap(\.memory.restarts).filter { $0.port != nil }.map(\.key))
        let now = bootTime()
        return !asked.isEmpty
            && state.restarts.values.joined().contains { one in
                one.gone == nil && !one.listens && asked.contains(one.key) && now < one.since + Self.youth
            }
    }

    /// Counts the writings of limits. Two of one file are told apart, because each is closed: the kernel puts together only what is alike and
    /// follows at once.
    private func drainNotices(_ state: inout State) {
        guard notices >= 0, !state.isOver else { return }
        let head = MemoryLayout<inotify_event>.size
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { buffer.deallocate() }
        // So many at once; there may be somebody who does nothing but write.
        for _ in 0..<64 {
            let size = read(notices, buffer.baseAddress, buffer.count)
            guard size >= head else { return }
            var offset = 0
            while offset + head <= size {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                offset += head + Int(event.len)
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { state.lostWritings = true }
                if event.mask & UInt32(IN_IGNORED) != 0 {
                    state.files[event.wd] = nil
                    state.writings[event.wd] = nil
                } else if event.mask & UInt32(IN_CLOSE_WRITE) != 0, state.files[event.wd] != nil {
                    state.writings[event.wd, default: 0] += 1
                }
            }
        }
        state.lostWritings = true
    }

    // MARK: Looking

    private func look(_ state: inout State) {
        guard !state.subjects.isEmpty, !state.isStopped else { return }
        // Under which limits something was counted between two writings of one file, nobody can tell.
        let twice = Set(state.writings.filter { $0.value > 1 }.compactMap { state.files[$0.key] })
        let isLost = state.lostWritings
        state.writings = [:]
        state.lostWritings = false
        let judge = Judge(node: node, cgroups: cgroups, programs: programs)
        for subject in state.subjects {
            if !subject.memory.restarts.isEmpty {
                let before = state.restarts[subject.step] ?? []
                let now = judge.lookForRestarts(of: subject.memory.restarts, before: before) { [ends] in
                    ends?.end(of: $0)
                }
                state.budget.spend(
                    visits: now.count { one in one.hostName != nil && !before.contains { $0.isSame(as: one) } })
                state.restarts[subject.step] = now
            }
            if !subject.memory.limits.isEmpty {
                watchFiles(of: subject.memory, &state)
                state.limits[subject.step] = judge.lookAtLimits(
                    of: subject.memory.limits, before: state.limits[subject.step] ?? [],
                    rewritten: { isLost || twice.contains($0) })
            }
        }
        followProcesses(state)
    }

    /// Somebody has ended, and nobody has come: who fits is what it was.
    private func noteEnds(_ state: inout State) {
        let judge = Judge(node: node, cgroups: cgroups, programs: programs)
        for step in state.restarts.keys {
            judge.noteEnds(in: &state.restarts[step, default: []]) { [ends] in ends?.end(of: $0) }
        }
        followProcesses(state)
    }

    /// Has the ends of whoever lives told.
    private func followProcesses(_ state: State) {
        let all = state.restarts.values.joined()
        // Those beside them, too: when they end is when a place cannot be taken any more.
        ends?.follow(
            Set(
                all.filter { $0.gone == nil }.map(\.process.identity)
                    + all.flatMap(\.companions).filter { $0.gone == nil && $0.unshared == nil }.map(\.process.identity)
            ))
    }

    /// Asks to be told when a cgroup comes or goes, and when its limits are written. To ask twice for one file changes nothing.
    private func watchFiles(of memory: Memory, _ state: inout State) {
        guard notices >= 0, !state.isOver else { return }
        for probe in memory.limits {
            guard let side = cgroups.roots[probe.controller.rawValue] else { continue }
            let folder = side.folder(probe.path)
            let above = folder.removingLastComponent().string
            inotify_add_watch(notices, above, UInt32(IN_CREATE | IN_DELETE | IN_ONLYDIR))
            for file in CgroupFolder.limitFiles {
                let watch = inotify_add_watch(
                    notices, folder.appending(file).string, UInt32(IN_MODIFY | IN_CLOSE_WRITE))
                if watch >= 0 { state.files[watch] = folder }
            }
        }
    }
}

extension Selector {
    /// The kernel's name of whoever fits; nil: any.
    fileprivate var processName: String? { name ?? program?.fileName }

    /// That, and the names of those whom it speaks of: who comes later than they may be what makes them fit.
    fileprivate var names: Set<String> {
        let others = [sharing?.with, apart?.with, ancestorOf, descendantOf].compactMap { $0?.value }
        return Set(others.flatMap(\.names) + [processName].compactMap { $0 })
    }
}

extension StepWatch.Subject {
    init(_ step: Step) {
        self.step = step.id
        memory = step.checks.map(\.probe.base.memory).reduce(Memory(), +)
    }

    /// Namespaces whose end is waited for are looked at when somebody looks for edges; nobody follows them meanwhile.
    var isEmpty: Bool { memory.restarts.isEmpty && memory.limits.isEmpty }
}
