// Running a plan: start the child, answer its reports, and leave nothing behind when a step fails.

import CIsolation
import Glibc
import Linux
import SystemPackage

extension Plan {
    /// Validates, makes the child, and returns when the program has been executed.
    ///
    /// Where the plan leaves the id map to podlab (`.automatic`) and the best is refused, the next best is tried, from the beginning: a
    /// namespace takes one map, and half of one cannot be taken back. `RefusedIDMaps` knows what was refused.
    ///
    /// - Throws: the step that failed. The child is then gone and reaped.
    package func start(_ options: StartOptions = StartOptions()) throws(IsolationError) -> Child {
        let map = steps.contains(.mapIDs(.automatic)) ? IDMap.automatic.resolved : nil
        do {
            return try startOnce(options)
        } catch {
            guard let map, RefusedIDMaps.contains(map) else { throw error }
            return try start(options)
        }
    }

    private func startOnce(_ options: StartOptions) throws(IsolationError) -> Child {
        do { try validated() } catch {
            throw IsolationError(error, of: self)
        }
        if let problem = options.streams.problem(for: self) {
            throw IsolationError(steps.last?.summary ?? "the plan", of: steps.count, meaning: problem)
        }
        let executor = try ExecutorProgram.descriptor()
        let lowering = Lowering(self, programs: try SealedPrograms(self), cgroup: options.cgroup)
        var null: Int32 = -1
        defer { if null >= 0 { close(null) } }
        func descriptor(_ stream: StandardStream) throws(IsolationError) -> Int32 {
            switch stream {
            case .inherit: return -1
            case .descriptor(let fd): return fd
            case .null:
                if null < 0 { null = iso_openat(AT_FDCWD, "/dev/null", O_RDWR, 0) }
                if null < 0 { throw IsolationError("open /dev/null", errno: Errno(negated: null)) }
                return null
            }
        }
        let streams = (
            try descriptor(options.streams.input), try descriptor(options.streams.output),
            try descriptor(options.streams.error)
        )
        var started = iso_started()
        let result = lowering.withPlan(program: executor, streams: streams) { iso_start($0, &started) }
        if result < 0 { throw failureToStart(Errno(negated: result)) }
        var birth = Birth(plan: self, started: started, maps: lowering.parentMaps)
        do {
            let deadline = ContinuousClock.now + options.patience
            while try birth.answerReport(until: deadline) {}
        } catch {
            birth.abandon()
            throw error
        }
        return birth.child()
    }

    /// Starts the program and waits for its end.
    package func run(_ options: StartOptions = StartOptions()) throws(IsolationError) -> ExitStatus {
        let child = try start(options)
        defer { child.close() }
        return try child.wait()
    }

    /// The error of what comes before the first step: a process that executes podlab-init.
    private func failureToStart(_ errno: Errno) -> IsolationError {
        IsolationError(
            "start \(ExecutorProgram.name)", step: 0, of: steps.count, errno: errno,
            hint: Step.enterProcessNamespace.family.hint(after: errno))
    }

    /// The error of a step, with a detail of the kind that `about` names.
    func failure(
        at index: Int, _ errno: Errno, about: iso_detail = ISO_DETAIL_KERNEL, detail: String = ""
    ) -> IsolationError {
        if about == ISO_DETAIL_REFUSAL, let refusal = PlaceRefusal(rawValue: detail) {
            var error = IsolationError(index, of: self, errno: errno, meaning: refusal.words)
            error.refusal = refusal
            return error
        }
        var meaning = errno.words
        if about == ISO_DETAIL_OBJECT {
            meaning += ": \(detail)"
        } else if !detail.isEmpty {
            meaning += "; the kernel says: \(detail)"
        }
        let step = steps.indices.contains(index) ? steps[index] : nil
        return IsolationError(
            index, of: self, errno: errno, meaning: meaning, hint: step?.family.hint(after: errno))
    }
}

/// A child between clone3 and exec.
private struct Birth {
    let plan: Plan
    let maps: [Int32: IDMap]
    let socket: Int32
    var pid: Int32
    var pidfd: Int32
    var guarded: GuardedProcess?
    var isExecuting = false
    var said: String?
    let orphans = Orphans()
    var listener: Int32?

    init(plan: Plan, started: iso_started, maps: [Int32: IDMap]) {
        self.plan = plan
        self.maps = maps
        socket = started.socket
        pid = started.pid
        pidfd = started.pidfd
        Strays.know(pid)
    }

    /// Handles one report; false when the program has been executed.
    mutating func answerReport(until deadline: ContinuousClock.Instant) throws(IsolationError) -> Bool {
        let left = max(.zero, ContinuousClock.now.duration(to: deadline))
        let events = iso_poll(socket, Int32(POLLIN), left.milliseconds)
        if events < 0 { throw IsolationError("wait for the child", errno: Errno(negated: events)) }
        if events == 0 {
            throw IsolationError(
                "wait for the child", errno: .timedOut,
                hint:
                    "a step has not ended in time: the machine is busy, or the kernel still takes apart the network links of a playground that has ended; try again in some minutes"
            )
        }
        var report = iso_report()
        var fd: Int32 = -1
        let received = iso_receive_report(socket, &report, &fd)
        if received < 0 { throw IsolationError("hear from the child", errno: Errno(negated: received)) }
        if received == 0 {
            guard isExecuting else {
                throw IsolationError(
                    "start \(plan.steps.last?.summary ?? "the plan")",
                    meaning: "the process was killed before its steps were done")
            }
            return false
        }
        switch iso_report_kind(rawValue: report.kind) {
        case ISO_FAILED:
            if fd >= 0 { close(fd) }
            throw plan.failure(
                at: Int(report.step), Errno(rawValue: report.error), about: iso_detail(rawValue: report.about),
                detail: text(of: report))
        case ISO_WANTS_MAP:
            if case .ranges(let users, let groups) = maps[report.step] {
                try IDMapWriter(plan: plan, step: Int(report.step), pid: pid).write(users: users, groups: groups)
            }
            try answer()
        case ISO_EXECUTING: isExecuting = true
        case ISO_SAID:
            said = withUnsafeBytes(of: report.detail) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        case ISO_FORKED: try follow(fd)
        case ISO_LEFT: orphans.add(pidfd: fd)
        case ISO_GUARDED:
            guard fd >= 0, guarded == nil, let number = processNumber(ofPidfd: fd) else {
                if fd >= 0 { close(fd) }
                throw IsolationError("follow the guarded process", errno: .init(rawValue: EPROTO))
            }
            guarded = GuardedProcess(pid: number, pidfd: fd)
            try answer()
        case ISO_LISTENER:
            if let listener { close(listener) }
            listener = fd >= 0 ? fd : nil
        default:
            if fd >= 0 { close(fd) }
            throw IsolationError("hear from the child", errno: .init(rawValue: EPROTO))
        }
        return true
    }

    /// The process that goes on is another one now: reap the old, wait for the new.
    private mutating func follow(_ newPidfd: Int32) throws(IsolationError) {
        guard newPidfd >= 0 else { throw IsolationError("follow the child's fork", errno: .init(rawValue: EPROTO)) }
        var how = iso_exit()
        if killAndReap(pid, pidfd, &how, patience: Child.patience) == 0 { Unended.note(pid, after: Child.patience) }
        close(pidfd)
        Strays.forget(pid)
        pidfd = newPidfd
        pid = processNumber(ofPidfd: newPidfd) ?? 0
        Strays.know(pid)
        try answer()
    }

    private func answer() throws(IsolationError) {
        let result = iso_answer(socket)
        // EPIPE: the child has ended meanwhile; what it has to say about that is still in the socket.
        if result < 0 && result != -EPIPE && result != -ECONNRESET {
            throw IsolationError("answer the child", errno: Errno(negated: result))
        }
    }

    private func text(of report: iso_report) -> String {
        // The kernel's log lines begin with a level: "e overlay: …".
        let line = withUnsafeBytes(of: report.detail) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let trimmed = line.split(separator: "\n").first.map(String.init) ?? ""
        return trimmed.hasPrefix("e ") || trimmed.hasPrefix("w ") ? String(trimmed.dropFirst(2)) : trimmed
    }

    /// Ends and reaps whatever there is. What does not end in time is left to whoever inherits the children of this process.
    func abandon() {
        close(socket)
        var how = iso_exit()
        if killAndReap(pid, pidfd, &how, patience: Child.patience) == 0 { Unended.note(pid, after: Child.patience) }
        close(pidfd)
        Strays.forget(pid)
        if let guarded { close(guarded.pidfd) }
        if let listener { close(listener) }
    }

    /// The program is executed; the socket has done its work.
    func child() -> Child {
        close(socket)
        return Child(pid: pid, pidfd: pidfd, guarded: guarded, said: said, orphans: orphans, listener: listener)
    }
}
