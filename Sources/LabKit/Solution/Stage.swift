// Where a lab's Solution.swift works: podlab itself, running inside the playground, showing each plan before it runs it.

import FoundationEssentials
import Glibc
import Isolation
import enum Terminals.StandardOutput
import Text

/// A lab's solution in Swift, by plans of the Isolation library. One type for each lab, in its `Solution.swift`.
package protocol LabSolution: Sendable {
    /// The lab's folder name.
    static var lab: String { get }
    /// Does what the learner would do in a step.
    static func perform(_ step: String, on stage: Stage) throws
}

package enum StageError: Error, CustomStringConvertible {
    case failed(step: String, status: String, output: String)
    case unknownStep(String)
    case noVariable(String)
    case command(String, status: String)

    package var description: String {
        switch self {
        case .failed(let step, let status, let output):
            "the solution of \(step) \(status): \(terminalSafe(output))"
        case .unknownStep(let step): "this solution has no step \(step)"
        case .noVariable(let name): "\(name) is not set: a solution runs inside a playground"
        case .command(let command, let status): "\(command) \(status)"
        }
    }
}

/// The inside of a playground, for a solution: its variables, and plans that are shown before they run.
package struct Stage {
    /// The hidden command with which podlab runs a solution.
    package static let verb = "__solution"

    package init() {}

    /// The value of a lab variable: `value("BOX")`.
    package func value(_ name: String) throws(StageError) -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw .noVariable(name) }
        return value
    }

    /// Shows a plan as a person would type it and as the kernel sees it, runs it, and waits for its end. A plan that ends in a
    /// shell keeps the terminal until that shell ends.
    package func run(_ plan: Plan, _ why: String) throws {
        show(plan, why)
        let status = try plan.run()
        guard status.isSuccess else {
            throw StageError.command(
                plan.shellScript.split(separator: "\n").last.map(String.init) ?? "", status: "\(status)")
        }
    }

    /// Shows a plan and starts it. The program ends at the latest with the step.
    package func start(_ plan: Plan, _ why: String) throws -> Child {
        show(plan, why)
        return try plan.start()
    }

    /// Shows a plan and starts it. The program lives on when the step is over, as what a shell has put into the background does; so
    /// its plan has `.newSession`, or it would end with the terminal.
    /// - Returns: its number in the node.
    package func leave(_ plan: Plan, _ why: String) throws -> Int32 {
        show(plan, why)
        let child = try plan.start(StartOptions(streams: .null))
        child.letGo()
        return child.pid
    }

    /// Asks again and again until something holds, half a minute at most.
    /// - Parameter what: what did not happen then.
    package func until(_ what: String, _ holds: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + Self.patience
        while try !holds() {
            guard ContinuousClock.now < deadline else {
                throw StageError.command(what, status: "did not happen within \(Self.patience)")
            }
            poll(nil, 0, 5)
        }
    }

    /// How a program that was started has ended, after half a minute at most.
    package func status(of child: Child, _ what: String) throws -> ExitStatus {
        guard let status = try child.wait(for: Self.patience) else {
            throw StageError.command(what, status: "has not ended within \(Self.patience)")
        }
        return status
    }

    private static let patience = Duration.seconds(30)

    /// Waits until whoever plays the solution has looked at what stands just now.
    package func letSee() {
        fflush(nil)
        _ = readLine()
    }

    /// What a program prints, by a plan that is not shown. It has as long as a typed line.
    package func output(of arguments: [String]) throws -> String {
        let output = try Plan([.execute(.path(arguments[0]), arguments: arguments)]).output(
            patience: .seconds(Attempt.linePatience))
        guard output.status.isSuccess else {
            throw StageError.command(arguments.joined(separator: " "), status: "\(output.status): \(output.errorText)")
        }
        return output.text
    }

    /// Hands in an answer, as the program `answer` does.
    package func answer(_ text: String) throws {
        try run(Plan([.execute(.path("answer"), arguments: ["answer", text])]), "hand in what was found")
    }

    private func show(_ plan: Plan, _ why: String) {
        var text = "# \(why)\n"
        // A person types the program itself; `exec` is for the script that ends with it.
        var isOpen = false
        for line in plan.shellScript.split(separator: "\n") {
            text += isOpen ? "> \(line)\n" : "$ \(line.hasPrefix("exec ") ? line.dropFirst(5) : line)\n"
            // A quote that is still open makes the next line a continuation, as the shell's second prompt says.
            if line.count(where: { $0 == "'" }) % 2 == 1 { isOpen.toggle() }
        }
        for call in plan.systemCalls { text += "    \(call)\n" }
        StandardOutput.print(text, terminator: "")
    }
}
