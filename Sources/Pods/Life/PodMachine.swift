// The life of one pod, without doing anything itself: events go in, orders come out, and time is an argument.

/// A pod's state machine. The agent carries out its orders and answers with events; tests do the same with a clock of their own.
///
/// What it decides is what the kubelet of Kubernetes decides: the sandbox first, init containers one after another, containers
/// together; restarts by policy, with back-off; a lost sandbox is rebuilt and its containers with it; what is ended, for whatever
/// reason, gets SIGTERM, its grace period, and SIGKILL.
package struct PodMachine: Sendable {
    /// How fast time passes for the waits between restarts: 1 as in Kubernetes, 60 for lessons.
    private let scale: Double
    package private(set) var pod: Pod
    private var sandbox = Sandbox.none(retryAt: nil)
    private var attempt: UInt32 = 0
    private var sandboxBackOff: BackOff
    /// Init containers first, in order.
    private var tracks: [Track] = []
    /// When containers of a deleted pod that are still there after SIGTERM get SIGKILL.
    private var killAt: Timestamp?
    private var isFinished = false
    /// The init containers that were started in this sandbox, and how many have succeeded in it.
    private var startedInSandbox: Set<Int> = []
    private var initialized = 0

    /// Kubernetes looks at its containers once a second. Until then one that has ended is shown as it ended.
    private static let look: Double = 1

    private enum Sandbox: Equatable {
        case none(retryAt: Timestamp?)
        case starting
        case up
        /// pause is gone; containers that ran with it are being ended.
        case lost
    }

    private struct Track: Sendable {
        var spec: ContainerSpec
        let isInit: Bool
        /// It is ended because it is to run with another image.
        var isReplaced = false
        /// It has been asked to end.
        var isEnding = false
        /// When it gets SIGKILL although nobody deletes the pod; nil: it has not been asked, or has got it.
        var killAt: Timestamp?
        var activity = Activity.idle
        /// How many were made before the one that is there or comes next.
        var restarts: UInt32 = 0
        var wasMade = false
        var backOff: BackOff
        var retryBackOff: BackOff
        /// When its image may be asked for again, and what was wrong with it; nil: nothing.
        var pull: (retry: Timestamp, message: String)?

        var isBusy: Bool { activity == .running || activity == .starting }
    }

    private enum Activity: Equatable {
        case idle
        case starting
        case running
        /// It has ended, or could not be started; looked at again then.
        case resting(until: Timestamp)
    }

    /// A new pod.
    /// - Parameters:
    ///   - node: the name of the node that it is on.
    ///   - scale: divides the waits between restarts.
    package init(uid: String, spec: PodSpec, node: String? = nil, at now: Timestamp, scale: Double = 1) {
        var pod = Pod(uid: uid, creationTime: now, spec: spec, status: PodStatus())
        let reason = spec.initContainers.isEmpty ? "ContainerCreating" : "PodInitializing"
        func fresh(_ container: ContainerSpec) -> ContainerStatus {
            var status = ContainerStatus(name: container.name, image: container.image)
            status.state = .waiting(reason: reason, message: nil)
            return status
        }
        pod.status.initContainers = spec.initContainers.map(fresh)
        pod.status.containers = spec.containers.map(fresh)
        pod.status.startTime = now
        pod.status.nodeName = node
        self.init(pod, scale: scale)
    }

    /// A pod that an earlier agent had, all of whose processes went with it.
    package init(recovering pod: Pod, at now: Timestamp, scale: Double = 1) {
        self.init(pod, scale: scale)
        if let before = pod.status.sandbox { attempt = before.attempt + 1 }
        self.pod.status.sandbox = nil
        for index in tracks.indices {
            let status = self[index]
            tracks[index].restarts = status.restartCount
            tracks[index].wasMade = status.containerID != nil
            guard case .running(let started, _) = status.state else { continue }
            tracks[index].isReplaced = !tracks[index].isInit && status.image != tracks[index].spec.image
            self[index].image = tracks[index].spec.image
            var end = ContainerTermination(exitCode: 137, reason: "ContainerStatusUnknown", finishedAt: now)
            end.message = "podlab's agent was ended, and the container with it"
            end.startedAt = started
            end.containerID = status.containerID
            self[index].state = .terminated(end)
        }
        settle()
    }

    private init(_ pod: Pod, scale: Double) {
        self.pod = pod
        self.scale = scale
        sandboxBackOff = BackOff(scale: scale)
        let all = pod.spec.initContainers.map { ($0, true) } + pod.spec.containers.map { ($0, false) }
        tracks = all.map {
            Track(
                spec: $0.0, isInit: $0.1, backOff: BackOff(scale: scale), retryBackOff: BackOff(scale: scale))
        }
    }

    // MARK: Events

    /// - Parameter now: never less than before.
    package mutating func handle(_ event: PodEvent, at now: Timestamp) -> [PodOrder] {
        guard !isFinished else { return [] }
        var orders: [PodOrder] = []
        switch event {
        case .tick: break
        case .sandboxStarted(let pid, let address, let hostAddress):
            sandbox = .up
            pod.status.sandbox = SandboxStatus(pid: pid, attempt: attempt)
            pod.status.podIP = address
            pod.status.hostIP = hostAddress
            pod.status.reason = nil
            pod.status.message = nil
            sandboxBackOff = BackOff(scale: scale)
        case .sandboxFailed(let message):
            sandboxBackOff.next(after: now, at: now)
            sandbox = .none(retryAt: sandboxBackOff.end(since: now))
            pod.status.reason = "FailedCreatePodSandBox"
            pod.status.message = message
        case .sandboxDied:
            sandbox = .lost
            pod.status.sandbox = nil
            orders += tracks.indices.flatMap { end($0, at: now) }
        case .containerStarted(let name, let id, let pid, let imageID):
            started(name, id: id, pid: pid, imageID: imageID, at: now)
            // The pod was deleted, or has lost its sandbox, while this was being started.
            if sandbox == .lost, let index = index(of: name) { orders += end(index, at: now) }
            if pod.status.deletionTime != nil { orders.append(killAt == nil ? .kill(name) : .stop(name)) }
        case .containerFailed(let name, let failure): failed(name, failure, at: now)
        case .containerExited(let name, let end): ended(name, end, at: now)
        case .delete(let grace): orders += delete(grace, at: now)
        }
        orders += killOverdue(at: now) + advance(at: now)
        settle()
        return orders
    }

    /// Takes over what may change while a pod runs: labels, annotations and images. A container that runs is ended for another image, as
    /// any other that is ended, and started again whatever the policy says.
    /// - Returns: nil where anything else differs; then nothing is taken over.
    package mutating func update(to spec: PodSpec, at now: Timestamp) -> [PodOrder]? {
        var changed = pod.spec
        changed.metadata.labels = spec.metadata.labels
        changed.metadata.annotations = spec.metadata.annotations
        changed.initContainers.takeImages(of: spec.initContainers)
        changed.containers.takeImages(of: spec.containers)
        guard changed == spec else { return nil }
        pod.spec = spec
        var orders: [PodOrder] = []
        for (index, container) in (spec.initContainers + spec.containers).enumerated()
        where container.image != tracks[index].spec.image {
            tracks[index].spec = container
            tracks[index].backOff = BackOff(scale: scale)
            tracks[index].retryBackOff = BackOff(scale: scale)
            tracks[index].pull = nil
            // The status tells of the image of what runs.
            switch tracks[index].activity {
            case .running where !tracks[index].isInit:
                tracks[index].isReplaced = true
                orders += end(index, at: now)
                continue
            case .running: continue
            case .resting: tracks[index].activity = .resting(until: now)
            case .idle, .starting: break
            }
            self[index].image = container.image
        }
        return orders
    }

    /// When `.tick` is wanted at the latest; nil: nothing waits for time.
    package var wake: Timestamp? {
        var times = tracks.compactMap(\.killAt)
        if pod.status.deletionTime != nil {
            times += [killAt].compactMap(\.self)
        } else {
            switch sandbox {
            case .none(let retryAt): times += [retryAt].compactMap(\.self)
            case .starting, .lost: break
            case .up:
                // Of containers whose turn has not come the times mean nothing yet.
                let inits = pod.spec.initContainers.count
                let turn = initialized < inits ? tracks[initialized...initialized] : tracks[inits...]
                times += turn.compactMap { if case .resting(let until) = $0.activity { until } else { nil } }
            }
        }
        return times.min()
    }

    private mutating func started(_ name: String, id: String, pid: Int32, imageID: String, at now: Timestamp) {
        guard let index = index(of: name) else { return }
        tracks[index].activity = .running
        tracks[index].isReplaced = false
        tracks[index].isEnding = false
        tracks[index].killAt = nil
        tracks[index].wasMade = true
        self[index].image = tracks[index].spec.image
        keepTermination(index)
        self[index].restartCount = tracks[index].restarts
        self[index].containerID = "podlab://" + id
        self[index].imageID = imageID
        self[index].state = .running(startedAt: now, pid: pid)
    }

    private mutating func failed(_ name: String, _ failure: StartFailure, at now: Timestamp) {
        guard let index = index(of: name) else { return }
        keepTermination(index)
        guard failure.kind == .execution else {
            tracks[index].retryBackOff.next(after: now, at: now)
            let retry = tracks[index].retryBackOff.end(since: now)
            self[index].state = .waiting(reason: failure.reason, message: failure.message)
            // Only of a pull does Kubernetes tell that it is waiting.
            let isPull = failure.reason == StartFailure.pull
            tracks[index].pull = isPull ? (retry, failure.message) : nil
            tracks[index].activity = .resting(until: isPull ? min(retry, now + Self.look / scale) : retry)
            return
        }
        self[index].restartCount = tracks[index].restarts
        tracks[index].wasMade = true
        var end = ContainerTermination(exitCode: 128, reason: "StartError", finishedAt: now)
        end.message = failure.message
        if restarts(index, after: end) {
            self[index].lastTermination = end
            self[index].state = .waiting(reason: failure.reason, message: failure.message)
        } else {
            self[index].state = .terminated(end)
        }
        tracks[index].activity = .resting(until: now + Self.look / scale)
    }

    private mutating func ended(_ name: String, _ end: ContainerEnd, at now: Timestamp) {
        guard let index = index(of: name) else { return }
        tracks[index].isEnding = false
        tracks[index].killAt = nil
        var termination = ContainerTermination(exitCode: end.exitCode, reason: end.reason, finishedAt: now)
        termination.signal = end.signal
        termination.message = end.message
        termination.containerID = self[index].containerID
        if case .running(let started, _) = self[index].state { termination.startedAt = started }
        if tracks[index].isReplaced {
            // It was ended to be another one, which is no failure of it.
            self[index].lastTermination = termination
            self[index].state = .waiting(reason: "ContainerCreating", message: nil)
            self[index].image = tracks[index].spec.image
            tracks[index].activity = .idle
            return
        }
        self[index].state = .terminated(termination)
        // A successor of an init container, or a pod that is over, need not wait for the look.
        tracks[index].activity =
            restarts(index, after: termination) ? .resting(until: now + Self.look / scale) : .idle
    }

    private mutating func delete(_ grace: UInt32?, at now: Timestamp) -> [PodOrder] {
        let isFirst = pod.status.deletionTime == nil
        if isFirst { pod.status.deletionTime = now }
        let deadline = now + Double(grace ?? pod.spec.terminationGracePeriodSeconds)
        killAt = min(killAt ?? deadline, deadline)
        guard isFirst, deadline > now else { return [] }
        return tracks.indices.filter { tracks[$0].activity == .running && !tracks[$0].isEnding }.map { index in
            tracks[index].isEnding = true
            return .stop(tracks[index].spec.name)
        }
    }

    /// Ends a container that runs while the pod stays: it is asked, and killed when the pod's grace period is over.
    private mutating func end(_ index: Int, at now: Timestamp) -> [PodOrder] {
        guard tracks[index].activity == .running, !tracks[index].isEnding else { return [] }
        tracks[index].isEnding = true
        let grace = pod.spec.terminationGracePeriodSeconds
        guard grace > 0 else { return [.kill(tracks[index].spec.name)] }
        tracks[index].killAt = now + Double(grace)
        return [.stop(tracks[index].spec.name)]
    }

    /// Those whose grace period is over.
    private mutating func killOverdue(at now: Timestamp) -> [PodOrder] {
        tracks.indices.compactMap { index in
            guard let due = tracks[index].killAt, now >= due else { return nil }
            tracks[index].killAt = nil
            return .kill(tracks[index].spec.name)
        }
    }

    // MARK: What is to be done now

    private mutating func advance(at now: Timestamp) -> [PodOrder] {
        if pod.status.deletionTime != nil { return advanceDeletion(at: now) }
        switch sandbox {
        case .starting: return []
        case .lost:
            guard runningNames.isEmpty else { return [] }
            attempt += 1
            sandbox = .none(retryAt: now + Self.look / scale)
            return [.removeSandbox(keepingVolumes: true)]
        case .none(let retryAt):
            guard !isOver else {
                sandbox = .none(retryAt: nil)
                return []
            }
            if let retryAt, now < retryAt { return [] }
            sandbox = .starting
            // Another sandbox is another world: what init containers have prepared is gone with the old one.
            for index in tracks.indices where tracks[index].isInit { tracks[index].activity = .idle }
            initialized = 0
            startedInSandbox = []
            return [.startSandbox(attempt: attempt)]
        case .up:
            if isDone {
                // What only accompanies the others has nobody to accompany.
                for index in tracks.indices {
                    if case .resting = tracks[index].activity { tracks[index].activity = .idle }
                }
                let orders = tracks.indices.flatMap { end($0, at: now) }
                guard orders.isEmpty else { return orders }
            }
            if isOver {
                sandbox = .none(retryAt: nil)
                pod.status.sandbox = nil
                return [.removeSandbox(keepingVolumes: false)]
            }
            return isDone ? [] : advanceContainers(at: now)
        }
    }

    private mutating func advanceContainers(at now: Timestamp) -> [PodOrder] {
        while initialized < pod.spec.initContainers.count {
            let index = initialized
            switch tracks[index].activity {
            case .starting, .running: return []
            case .resting: return start(index, at: now).map { [$0] } ?? []
            case .idle:
                // One that has ended in an earlier sandbox runs again; one that has succeeded in this one is done.
                if hasSucceeded(index) && startedInSandbox.contains(index) {
                    initialized += 1
                    continue
                }
                startedInSandbox.insert(index)
                return start(index, at: now).map { [$0] } ?? []
            }
        }
        return tracks.indices.filter { !tracks[$0].isInit }.compactMap { start($0, at: now) }
    }

    /// Starts a container, lets it wait, or does nothing.
    private mutating func start(_ index: Int, at now: Timestamp) -> PodOrder? {
        switch tracks[index].activity {
        case .starting, .running: return nil
        case .resting(let until) where now < until: return nil
        case .idle, .resting: break
        }
        if let (retry, message) = tracks[index].pull {
            guard now >= retry else {
                self[index].state = .waiting(
                    reason: "ImagePullBackOff",
                    message: "Back-off pulling image \"\(tracks[index].spec.image)\": \(StartFailure.pull): \(message)")
                tracks[index].activity = .resting(until: retry)
                return nil
            }
            tracks[index].pull = nil
        }
        if let end = lastEnd(index) {
            guard restarts(index, after: end) || tracks[index].isInit && tracks[index].activity == .idle else {
                return nil
            }
            let free = tracks[index].backOff.end(since: end.finishedAt)
            guard now >= free || end.exitCode == 0 && tracks[index].isInit else {
                keepTermination(index)
                let name = "\(pod.spec.name)_\(pod.spec.metadata.namespace)(\(pod.uid))"
                self[index].state = .waiting(
                    reason: "CrashLoopBackOff",
                    message: "back-off \(tracks[index].backOff.text) restarting failed"
                        + " container=\(tracks[index].spec.name) pod=\(name)")
                tracks[index].activity = .resting(until: free)
                return nil
            }
            tracks[index].backOff.next(after: end.finishedAt, at: now)
        }
        if tracks[index].wasMade { tracks[index].restarts += 1 }
        tracks[index].wasMade = false
        tracks[index].activity = .starting
        return .startContainer(tracks[index].spec.name, restart: tracks[index].restarts)
    }

    private mutating func advanceDeletion(at now: Timestamp) -> [PodOrder] {
        guard sandbox != .starting, !tracks.contains(where: { $0.activity == .starting }) else { return [] }
        for index in tracks.indices {
            if case .resting = tracks[index].activity { tracks[index].activity = .idle }
        }
        let running = runningNames
        guard running.isEmpty else {
            guard let due = killAt, now >= due else { return [] }
            killAt = nil
            return running.map { .kill($0) }
        }
        killAt = nil
        isFinished = true
        let hadSandbox = sandbox == .up || sandbox == .lost
        sandbox = .none(retryAt: nil)
        pod.status.sandbox = nil
        return (hadSandbox ? [.removeSandbox(keepingVolumes: false)] : []) + [.finished]
    }

    // MARK: What is known

    private var runningNames: [String] { tracks.filter { $0.activity == .running }.map(\.spec.name) }

    private var sidecars: Set<String> { Set(pod.spec.containers.filter(\.isSidecar).map(\.name)) }

    /// Nothing of it will run again but sidecars, which do not count.
    private var isDone: Bool {
        let phase = PodPhase(of: pod.status, policy: pod.spec.restartPolicy, sidecars: sidecars)
        return (phase == .succeeded || phase == .failed)
            && !tracks.contains { !$0.spec.isSidecar && ($0.isBusy || $0.isReplaced) }
    }

    /// Nothing of it will run again.
    private var isOver: Bool { isDone && !tracks.contains(where: \.isBusy) }

    /// How it ended last, if it has not been started since.
    private func lastEnd(_ index: Int) -> ContainerTermination? {
        switch self[index].state {
        case .running: nil
        case .terminated(let end): end
        case .waiting: self[index].lastTermination
        }
    }

    private func hasSucceeded(_ index: Int) -> Bool {
        if case .terminated(let end) = self[index].state { end.exitCode == 0 } else { false }
    }

    private func restarts(_ index: Int, after end: ContainerTermination) -> Bool {
        guard pod.status.deletionTime == nil else { return false }
        if tracks[index].isReplaced { return true }
        if tracks[index].spec.isSidecar { return !isDone }
        let isFailure = end.exitCode != 0
        return switch pod.spec.restartPolicy {
        case .always: isFailure || !tracks[index].isInit
        case .onFailure: isFailure
        case .never: false
        }
    }

    private mutating func keepTermination(_ index: Int) {
        if case .terminated(let end) = self[index].state { self[index].lastTermination = end }
    }

    private mutating func settle() {
        let phase = PodPhase(of: pod.status, policy: pod.spec.restartPolicy, sidecars: sidecars)
        // As long as a sidecar runs the pod does.
        let isRunning = isDone && tracks.contains(where: \.isBusy)
        pod.status.phase = isRunning ? .running : phase
    }

    private func index(of name: String) -> Int? { tracks.firstIndex { $0.spec.name == name } }

    private subscript(index: Int) -> ContainerStatus {
        get {
            let inits = pod.status.initContainers.count
            return index < inits ? pod.status.initContainers[index] : pod.status.containers[index - inits]
        }
        set {
            let inits = pod.status.initContainers.count
            if index < inits {
                pod.status.initContainers[index] = newValue
            } else {
                pod.status.containers[index - inits] = newValue
            }
        }
    }
}

extension [ContainerSpec] {
    /// The images of others of the same names, with their pull policies where those are what follows from the images.
    fileprivate mutating func takeImages(of others: [ContainerSpec]) {
        for (index, other) in zip(indices, others) where self[index].name == other.name {
            self[index].image = other.image
            if other.imagePullPolicy == other.defaultPullPolicy { self[index].imagePullPolicy = other.imagePullPolicy }
        }
    }
}
