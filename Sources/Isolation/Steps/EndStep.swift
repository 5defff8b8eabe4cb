// How a plan ends: with a program, or without.

import CIsolation
import SystemPackage

package enum EndStep: Sendable, Equatable {
    /// `arguments` include the program's own name. nil: the environment of the starting process.
    case execute(Program, arguments: [String], environment: [String]?)
    /// The child ends with status 0.
    case finish
}

extension Step {
    package static func execute(_ program: Program, arguments: [String], environment: [String]? = nil) -> Step {
        .end(.execute(program, arguments: arguments, environment: environment))
    }
    package static var finish: Step { .end(.finish) }
}

extension EndStep: StepFamily {
    var summary: String {
        switch self {
        case .execute(let program, _, _): "execute \(program.name)"
        case .finish: "finish"
        }
    }

    var places: [Place] {
        switch self {
        case .execute, .finish: []
        }
    }

    var texts: [String] {
        switch self {
        case .execute(let program, let arguments, let environment):
            arguments + (environment ?? []) + program.texts
        case .finish: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .execute(let program, let arguments, let environment):
            if !check.isLast { return "nothing can follow it" }
            if arguments.isEmpty { return "arguments begin with the program's own name" }
            if check.isAmongOthers && environment == nil {
                return "the environment of this process is nobody else's: name one"
            }
            return check.problem(of: program)
        case .finish: return check.isLast ? nil : "nothing can follow it"
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .execute(let program, let arguments, let environment):
            let environment = environment ?? currentEnvironment()
            lowering.addEndOfPreparations()
            var descriptor = Lowering.none
            var paths: [String] = []
            switch program {
            case .path(let path): paths = candidates(for: path, environment: environment)
            case .opened(let name): descriptor = lowering.register(name)
            case .descriptor(let fd): descriptor = fd
            }
            lowering.add(ISO_EXECUTE) {
                $0.execute = .init(
                    program: descriptor, paths: lowering.list(paths), arguments: lowering.list(arguments),
                    environment: lowering.list(environment))
            }
        case .finish: lowering.add(ISO_FINISH)
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .execute(let program, let arguments, let environment):
            let words = environment.map { ["env", "-i"] + $0 } ?? []
            return .commands([shellCommand(["exec"] + words + [reading.path(program)] + arguments.dropFirst())])
        case .finish: return .commands([])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .execute(let program, let arguments, let environment):
            let list = "[\(arguments.map(quoted).joined(separator: ", "))], \(environment == nil ? "environ" : "[…]")"
            let call =
                switch program {
                case .path(let path): "execve(\(quoted(path)), \(list))"
                case .opened(let name): "execveat(<\(name)>, \"\", \(list), AT_EMPTY_PATH)"
                case .descriptor(let fd): "execveat(\(fd), \"\", \(list), AT_EMPTY_PATH)"
                }
            return reading.deathSignalCalls + [call]
        case .finish: return ["exit_group(0)"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .execute: errno == .resourceTemporarilyUnavailable ? Hint.noMoreProcesses : nil
        case .finish: nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .execute, .finish: break
        }
    }
}

extension Program {
    /// As an error shows it.
    var name: String {
        switch self {
        case .path(let path): path
        case .opened(let name): "<\(name)>"
        case .descriptor(let fd): readLink("/proc/self/fd/\(fd)") ?? "descriptor \(fd)"
        }
    }

    fileprivate var texts: [String] { if case .path(let path) = self { [path] } else { [] } }
}
