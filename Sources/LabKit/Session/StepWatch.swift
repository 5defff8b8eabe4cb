// What happens while a line runs: who ends, who comes, and which limits are written, told by the kernel as it happens.

import CIsolation
import Glibc
import Isolation
import KernelState
import Synchronization
import SystemPackage

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
        var restarts: [RestartProbe]
        var limits: [CgroupProbe]

        /// The kernel's names of those whose coming and going is asked for, and of those by whom they are told; nil: of anybody. Only a hint
        /// when to look: what a process is, a look finds out.
        var names: Set<String>? {
            guard !restarts.contains(where: { $0.of.processName == nil }) else { return nil }
            let selectors = restarts.flatMap { [$0.of, $0.beside, $0.renewed].compactMap { $0 } }
            return Set(selectors.flatMap(\.names))
        }
    }

    private struct State {
        var subjects: [Subject] = []
        var restarts: [String: [RestartSighting]] = [:]
        var limits: [String: [LimitSighting]] = [:]
        /// Who is followed, until the end.
        var pidfds: [ProcessIdentity: Int32] = [:]
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
        var isCounting: Bool { !isResting && subjects.contains { !$0.restarts.isEmpty } }
    }

    private let node: NodeView
    private let programs: ProgramRecord
    private let cgroups: CgroupRecord
    private let state = Mutex(State())
    /// A byte wakes the thread; the end of file ends it.
    private let reader: Int32
    private let writer: Int32
    /// -1: none can be had, and looks must do.
    private let notices: Int32
    private var thread = pthread_t()

    /// For so long a server may come to listen, in nanoseconds.
    private static let youth: UInt64 = 1_000_000_000

    init(node: NodeView, programs: ProgramRecord, cgroups: CgroupRecord) throws(TerminalError) {
        self.node = node
        self.programs = programs
        self.cgroups = cgroups
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw .system(operation: "make a socket pair for the watch", errno: -made) }
        reader = ends[0]
        writer = ends[1]
        notices = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        state.withLock { $0.census = node.namespaces[.pid].map { NamespaceCensus(of: $0) } }
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<StepWatch>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard failure == 0 else {
            Unmanaged.passUnretained(self).release()
            close(reader)
            close(writer)
            if notices >= 0 { close(notices) }
            throw .system(operation: "start the watch", errno: failure)
        }
    }

    /// Ends the thread and waits for it, a few seconds at most. The second time it does nothing.
    func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        shutdown(writer, Int32(SHUT_WR))
        // Its end hangs up: then nothing is left that it could wait for.
        if iso_poll(writer, 0, 5000) & Int32(POLLHUP) != 0 {
            pthread_join(thread, nil)
        } else {
            pthread_detach(thread)
            Unended.note("the watch over the steps of a session has not ended within 5 s")
        }
        close(writer)
    }

    /// Processor time that the thread has used, in nanoseconds; nil when it has ended.
    var used: UInt64? {
        state.withLock { state in
            guard !state.isStopped, !state.isOver else { return nil }
            var clock = clockid_t()
            guard pthread_getcpuclockid(thread, &clock) == 0 else { return nil }
            return ProcessorBudget.time(of: clock)
        }
    }

    // MARK: What is asked of it

    /// Follows these from now on, and forgets the others.
    func follow(_ subjects: [Subject]) {
        state.withLock { state in
            state.subjects = subjects
            state.restarts = [:]
            state.limits = [:]
            state.isResting = false
            state.rhythm.moved = bootTime()
            look(&state)
        }
        wake()
    }

    /// Looks now.
    func look() {
        let isFollowing = state.withLock { state in
            drainNotices(&state)
            look(&state)
            return state.isFollowing
        }
        // There may be others now whose end the thread is to wait for.
        if isFollowing { wake() }
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
            let hasCome = state.isCounting && count(&state)
            if hasCome || !state.writings.isEmpty || state.lostWritings { look(&state) }
            return true
        }
        if isFollowing { wake() }
    }

    /// The line is done, or nobody waits for its end any longer.
    func lineEnds() { state.withLock { $0.rhythm.lineRuns = false } }

    /// Nobody will ask for what happens until the next step begins.
    func rest() {
        state.withLock { $0.isResting = true }
        wake()
    }

    private func wake() {
        // Under the lock the writer is not somebody else's.
        state.withLock { state in
            guard !state.isStopped else { return }
            send()
        }
    }

    private func send() {
        var byte: UInt8 = 0
        // A full buffer wakes as well.
        _ = Glibc.send(writer, &byte, 1, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }

    // MARK: The thread

    private func serve() {
        defer {
            state.withLock { state in
                state.isOver = true
                for pidfd in state.pidfds.values { close(pidfd) }
                state.pidfds = [:]
                if notices >= 0 { close(notices) }
            }
            close(reader)
        }
        while true {
            let (waiting, pause) = state.withLock { waitingFor($0, at: bootTime()) }
            var events = waiting
            let ready = poll(&events, nfds_t(events.count), pause)
            if ready < 0, errno != EINTR { return }
            if events[0].revents != 0, !drainWakes() { return }
            state.withLock { state in
                let isOpen = state.budget.isOpen(
                    at: bootTime(), used: ProcessorBudget.usedByThread(), whileTyping: state.rhythm.lineRuns)
                guard !state.isStopped, state.isFollowing, isOpen else { return }
                drainNotices(&state)
                let hasEnded = events.dropFirst(2).contains { $0.revents != 0 }
                let hasCome = state.isCounting && count(&state)
                if hasEnded || hasCome { state.rhythm.moved = bootTime() }
                let isWritten = events.count > 1 && events[1].revents != 0
                if hasEnded || hasCome || isWritten || isAwaiting(state) { look(&state) }
                state.budget.settle(used: ProcessorBudget.usedByThread())
            }
        }
    }

    /// What the thread waits for, and for how long: for the socket alone where nothing is to be followed, or all is used that it may use.
    private func waitingFor(_ state: State, at now: UInt64) -> (events: [pollfd], pause: Int32) {
        let wakes = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard state.isFollowing else { return ([wakes], -1) }
        let closed = state.budget.pause(whileTyping: state.rhythm.lineRuns)
        guard closed == 0 else { return ([wakes], closed) }
        let others = [notices] + state.pidfds.values
        return (
            [wakes] + others.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) },
            state.isCounting ? state.rhythm.pause(at: now) : -1
        )
    }

    /// Counts who lives in the playground. True: somebody who is asked for has come or gone since the last time.
    private func count(_ state: inout State) -> Bool {
        let names = state.subjects.filter { !$0.restarts.isEmpty }.map(\.names)
        let wanted = names.contains(nil) ? nil : Set(names.compactMap { $0 }.joined())
        let before = state.members
        state.members = ((try? state.census?.take()) ?? []).filter { wanted?.contains($0.comm) != false }
        return state.members != before
    }

    /// Whether somebody is so young that it may not listen yet at the port that is asked for. There is no event for that.
    private func isAwaiting(_ state: State) -> Bool {
        let asked = Set(state.subjects.flatMap(\.restarts).filter { $0.port != nil }.map(\.key))
        let now = bootTime()
        return !asked.isEmpty
            && state.restarts.values.joined().contains { one in
                one.gone == nil && !one.listens && asked.contains(one.key) && now < one.since + Self.youth
            }
    }

    /// False: the end.
    private func drainWakes() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(reader, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
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
            if !subject.restarts.isEmpty {
                let before = state.restarts[subject.step] ?? []
                let now = judge.lookForRestarts(of: subject.restarts, before: before)
                state.budget.spend(
                    visits: now.count { one in one.hostName != nil && !before.contains { $0.isSame(as: one) } })
                state.restarts[subject.step] = now
            }
            if !subject.limits.isEmpty {
                watchFiles(of: subject.limits, &state)
                state.limits[subject.step] = judge.lookAtLimits(
                    of: subject.limits, before: state.limits[subject.step] ?? [],
                    rewritten: { isLost || twice.contains($0) })
            }
        }
        followProcesses(&state)
    }

    /// Holds whoever lives by a pidfd, and lets go of whoever has ended.
    private func followProcesses(_ state: inout State) {
        guard !state.isOver else { return }
        let all = state.restarts.values.joined()
        // Those beside them, too: when they end is when a place cannot be taken any more.
        let living = Set(
            all.filter { $0.gone == nil }.map(\.process.identity)
                + all.flatMap(\.companions).filter { $0.gone == nil && $0.unshared == nil }.map(\.process.identity))
        for (process, pidfd) in state.pidfds where !living.contains(process) {
            close(pidfd)
            state.pidfds[process] = nil
        }
        for process in living where state.pidfds[process] == nil && state.pidfds.count < 256 {
            let pidfd = iso_pidfd_open(process.pid.rawValue)
            // Only now is it certain that the number is still that process's.
            if pidfd >= 0, ProcessState.read(process.pid, fields: [])?.identity == process {
                state.pidfds[process] = pidfd
            } else if pidfd >= 0 {
                close(pidfd)
            }
        }
    }

    /// Asks to be told when a cgroup comes or goes, and when its limits are written. To ask twice for one file changes nothing.
    private func watchFiles(of probes: [CgroupProbe], _ state: inout State) {
        guard notices >= 0, !state.isOver else { return }
        for probe in probes {
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
        restarts = step.checks.compactMap { check in
            switch check.probe {
            case .restart(let probe): probe
            case .noRestart(let probe): probe.watched
            default: nil
            }
        }
        limits = step.checks.compactMap { check in
            guard case .cgroup(let probe) = check.probe, probe.counters != nil, probe.limits != nil else { return nil }
            return probe
        }
    }

    var isEmpty: Bool { restarts.isEmpty && limits.isEmpty }
}
