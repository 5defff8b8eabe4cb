// The agent and its pods: events go to each pod's machine, and its orders are carried out.

import FoundationEssentials
import Glibc
import Isolation
import Linux
import Pods

extension Agent {
    func handle(_ event: PodEvent, of uid: String) {
        guard let run = pods[uid] else { return }
        let orders = run.machine.handle(event, at: clock.now)
        record(run)
        work += orders.map { (uid, $0) }
        answerWaiting()
    }

    func record(_ run: PodRun) {
        guard run.recorded != run.pod else { return }
        do {
            try ledger.write(run.pod)
            run.recorded = run.pod
        } catch {
            complain("the pod \(run.name) is not in the ledger: \(error)")
        }
    }

    func carryOut(_ order: PodOrder, of uid: String) {
        guard let run = pods[uid] else { return }
        switch order {
        case .startSandbox(let attempt): startSandbox(run, attempt)
        case .startContainer(let name, let restart): startContainer(name, run, restart)
        case .stop(let name):
            if let container = run.containers[name]?.container { container.signal(container.stopSignal) }
        case .kill(let name): run.containers[name]?.container.kill()
        case .removeSandbox(let keepingVolumes):
            (run.sandbox ?? run.lost)?.remove(keepingVolumes: keepingVolumes)
            // Volumes that were kept are the next sandbox's, or go with the pod.
            run.lost = keepingVolumes ? run.sandbox ?? run.lost : nil
            run.sandbox = nil
        case .finished:
            run.lost?.remove(keepingVolumes: false)
            pods[uid] = nil
            ledger.remove(uid)
            removeLogs(of: run.pod)
            answerWaiting()
        }
    }

    private func startSandbox(_ run: PodRun, _ attempt: UInt32) {
        do {
            let sandbox = try runtime.startSandbox(run.pod, attempt: attempt)
            run.sandbox = sandbox
            run.lost = nil
            handle(
                .sandboxStarted(pid: sandbox.pause.pid, address: sandbox.address, hostAddress: runtime.hostAddress),
                of: run.pod.uid)
        } catch {
            handle(.sandboxFailed(message: "\(error)"), of: run.pod.uid)
        }
    }

    private func startContainer(_ name: String, _ run: PodRun, _ restart: UInt32) {
        let uid = run.pod.uid
        do {
            guard let sandbox = run.sandbox else {
                throw StartFailure(.creation, reason: "CreateContainerError", message: "the pod has lost its sandbox")
            }
            let container = try start(name, run, restart, in: sandbox)
            run.containers[name] = container
            handle(
                .containerStarted(
                    name, id: container.container.id, pid: container.container.child.pid,
                    imageID: container.container.imageID), of: uid)
        } catch let failure as StartFailure {
            handle(.containerFailed(name, failure), of: uid)
        } catch {
            handle(
                .containerFailed(
                    name, StartFailure(.creation, reason: "CreateContainerError", message: "\(error)")), of: uid)
        }
    }

    private func start(_ name: String, _ run: PodRun, _ restart: UInt32, in sandbox: any RunningSandbox) throws
        -> ContainerRun
    {
        let folder = LogFolder(logs: logs, pod: run.pod, container: name)
        let log = try LogWriter(folder, restart: restart)
        // The run before is kept for `logs --previous`.
        if restart >= 2 { folder.remove(upTo: restart - 2) }
        let output = try Pipe.forReading()
        let error = try Pipe.forReading()
        let container = try runtime.startContainer(
            name, of: run.pod, in: sandbox, restart: restart, output: output.writeEnd.raw,
            error: error.writeEnd.raw)
        return ContainerRun(container, log: log, output: output.takingReadEnd(), error: error.takingReadEnd())
    }

    func endContainer(_ name: String, of uid: String) {
        guard let run = pods[uid], let container = run.containers[name] else { return }
        let status: ExitStatus?
        do { status = try container.container.child.wait(for: .zero) } catch { status = .exited(255) }
        guard let status else { return }
        var end: ContainerEnd
        switch status {
        case .exited(let code): end = ContainerEnd(exitCode: code)
        case .signaled(let number): end = ContainerEnd(signal: number)
        }
        end.message = container.container.terminationMessage()
        end.isOutOfMemory = end.exitCode != 0 && container.container.wasOOMKilled()
        container.finish()
        if let failure = container.log.failure {
            complain("the log of \(run.name)/\(name) is not whole: \(failure)")
        }
        run.containers[name] = nil
        container.container.remove()
        handle(.containerExited(name, end), of: uid)
        pumpFollowers(of: uid, name)
    }

    private func removeLogs(of pod: Pod) {
        TreeRemoval.remove(LogFolder.path(logs: logs, pod: pod))
    }
}
