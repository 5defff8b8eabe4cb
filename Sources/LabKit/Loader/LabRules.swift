// What must hold between the parts of a lab.

import Playgrounds
import StrictYAML
import Text

/// The rules that `podlab lint` holds a lab to once its files could be read.
struct LabRules {
    let lab: Lab
    let folderName: String
    let places: [String: SourcePosition]
    let files: LabFolder
    let uses: [PlacedVariable]

    var all: [Diagnostic] {
        identity + needs + hints + decoys + agent + selectors + variables + lesson + solution + mutants + alternatives
    }

    private func note(
        _ message: String, at place: String = "", in file: String = "lab.yaml", position: SourcePosition? = nil,
        _ severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(
            file: files.display(file), position: position ?? places[place] ?? SourcePosition(), severity: severity,
            message: message)
    }

    private var identity: [Diagnostic] {
        var notes: [Diagnostic] = []
        if lab.id != folderName {
            notes.append(note("the id must be the folder's name, '\(folderName)'", at: "id"))
        }
        let digits = lab.id.prefix(while: \.isNumber)
        if !CheckReference.isName(lab.id) || digits.count != 2 || !lab.id.dropFirst(2).hasPrefix("-") {
            notes.append(note("the id is two digits, a hyphen and lower-case words, such as '01-chroot'", at: "id"))
        }
        if lab.tools.isEmpty { notes.append(note("'tools' is empty", at: "tools", .warning)) }
        return notes
    }

    private var needs: [Diagnostic] {
        CheckGraph.problems(in: lab.steps).map { problem in
            switch problem {
            case .dangling(let check, let need):
                let known = lab.step(need.step)?.checks.map(\.id) ?? []
                let near = Spelling.suggestion(for: need.check, in: known)
                return note("needs \(need), and there is no such check\(near)", at: "need \(check) \(need)")
            case .later(let check, let need):
                return note("needs \(need), which is in a later step", at: "need \(check) \(need)")
            case .cycle(let checks):
                let ring = (checks + checks.prefix(1)).map(\.check).joined(separator: " → ")
                return note("needs go round in a circle: \(ring)", at: "check \(checks[0])")
            }
        }
    }

    private var hints: [Diagnostic] {
        lab.steps.flatMap { step in
            step.hints.compactMap(\.when?.check).filter { lab.check($0) == nil }.map {
                note("a hint waits for \($0), and there is no such check", at: "hint \(step.id) \($0)")
            }
        }
    }

    private var decoys: [Diagnostic] {
        let hosts = lab.scene.hosts.map(\.name)
        let known = lab.scene.decoys.map(\.name) + hosts
        let references = (lab.checks.map(\.probe) + lab.steps.flatMap(\.broken).map(\.probe)).map(\.base.refers)
        let named = references.flatMap(\.decoys)
        var notes: [Diagnostic] = []
        if !lab.scene.watch.contains(.signals) {
            notes += references.flatMap(\.signalled).map {
                note("a signal probe needs 'watch: [signals]' in the scene", at: "decoy \($0)")
            }
        }
        for name in references.flatMap(\.hosts) where !hosts.contains(name) {
            notes.append(
                note("the scene has no host '\(name)'" + Spelling.suggestion(for: name, in: hosts), at: "decoy \(name)")
            )
        }
        let names = lab.scene.decoys.map(\.name) + hosts
        for name in Set(names) where names.count(where: { $0 == name }) > 1 {
            notes.append(note("the scene has two of the name '\(name)'", at: "host \(name)"))
        }
        for name in Set(named) where !known.contains(name) {
            notes.append(
                note(
                    "the scene has no decoy '\(name)'" + Spelling.suggestion(for: name, in: known), at: "decoy \(name)")
            )
        }
        return Array(Set(notes))
    }

    /// An agent is there where pods can be had.
    private var agent: [Diagnostic] {
        guard places["agent"] != nil, !lab.requirements.contains(.images) else { return [] }
        return [note("a selector of podlab's agent needs 'requirements: [images]'", at: "agent")]
    }

    /// What a task does not ask for must not turn a right answer red: each condition of a selector is said by the task of its step or of one
    /// before it, or is marked as one that only tells which process is meant.
    private var selectors: [Diagnostic] {
        places.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.compactMap { name, position in
            guard let noted = SelectorCondition.noted(name),
                let index = lab.steps.firstIndex(where: { $0.id == noted.step })
            else { return nil }
            var condition = noted.condition
            condition.mayBeSaid(by: lab.variables)
            guard !lab.steps[...index].contains(where: { condition.isSaid(in: $0.task) }) else { return nil }
            let sayings = condition.sayings.map { "'\($0)'" }.joined(separator: ", ")
            return note(
                "no task up to this step speaks of the selector's \(condition.words) (\(sayings)): say it there, or mark it with "
                    + "'identifies: [\(condition.key.rawValue)]'", position: position, .warning)
        }
    }

    private var variables: [Diagnostic] {
        let used = Set(uses.map(\.name))
        // A script may use a variable by its name in the environment.
        let scripts = files.texts.values.joined(separator: "\n")
        let misplaced = uses.filter(\.isMisplaced).map {
            note(
                "no variable can stand in a line that names a step or a check", in: $0.file, position: $0.position,
                .incomplete)
        }
        let unused = lab.variables.map(\.name).filter { name in
            let environment = VariableValues.environmentName(name)
            return !used.contains(name) && !scripts.contains("$\(environment)") && !scripts.contains("${\(environment)")
        }.map { note("the variable '\($0)' is never used", at: "variable \($0)", .warning) }
        return misplaced + unused
    }

    private var lesson: [Diagnostic] {
        var notes: [Diagnostic] = []
        for (index, step) in lab.steps.enumerated() {
            guard index < lab.lesson.sections.count else {
                notes.append(
                    note(
                        "there is no section '## \(step.title)' for the step '\(step.id)'", in: "lesson.md", .incomplete
                    ))
                continue
            }
            let section = lab.lesson.sections[index]
            let position = SourcePosition(line: section.line)
            if section.title != step.title {
                let message = "the heading must be the title of the step '\(step.id)': '\(step.title)'"
                notes.append(note(message, in: "lesson.md", position: position, .incomplete))
            }
            if section.consoleBlocks.isEmpty {
                let message = "the section has no console block that `verify` could hold to the truth"
                notes.append(note(message, in: "lesson.md", position: position, .warning))
            }
        }
        for section in lab.lesson.sections.dropFirst(lab.steps.count) {
            let message = "there is no step for the section '\(section.title)'"
            notes.append(note(message, in: "lesson.md", position: SourcePosition(line: section.line), .incomplete))
        }
        return notes
    }

    private var solution: [Diagnostic] {
        guard files.texts["solution.sh"] != nil else { return [] }
        let script = lab.solution
        var notes = script.problems(
            against: lab.steps.map(\.id), file: files.display("solution.sh"), severity: .incomplete)
        if let line = script.preamble.first?.line {
            let message = "this line stands above the first '# step: ID' line"
            notes.append(note(message, in: "solution.sh", position: SourcePosition(line: line), .incomplete))
        }
        for step in lab.steps {
            guard let part = script.step(step.id) else {
                notes.append(note("there is no '# step: \(step.id)'", in: "solution.sh", .incomplete))
                continue
            }
            let typesAnswer = part.lines.contains { $0.text.split(separator: " ").first == "answer" }
            if step.asksForAnswer, part.answer == nil, !typesAnswer {
                let message = "the step '\(step.id)' asks for an answer: type 'answer TEXT', or add '# answer: TEXT'"
                notes.append(note(message, in: "solution.sh", position: SourcePosition(line: part.line), .incomplete))
            }
        }
        return notes
    }

    private var mutants: [Diagnostic] {
        let unknown = lab.mutants.filter { lab.check($0.kills) == nil }.map { mutant in
            let known = lab.checks.map(\.reference.description)
            let near = Spelling.nearest(to: mutant.kills.description, in: known).map { " (did you mean '\($0)'?)" }
            return note(
                "kills \(mutant.kills), and there is no such check\(near ?? "")", in: "mutants/\(mutant.file)",
                .incomplete)
        }
        let named = Set(lab.mutants.map(\.kills))
        return unknown
            + lab.checks.map(\.reference).filter { !named.contains($0) }.map {
                note("no mutant kills the check \($0)", at: "check \($0)", .incomplete)
            }
    }

    private var alternatives: [Diagnostic] {
        lab.alternatives.filter { lab.step($0.solves) == nil }.map { alternative in
            let near = Spelling.nearest(to: alternative.solves, in: lab.steps.map(\.id)).map {
                " (did you mean '\($0)'?)"
            }
            return note(
                "solves \(alternative.solves), and there is no such step\(near ?? "")",
                in: "alternatives/\(alternative.file)", .incomplete)
        }
    }
}
