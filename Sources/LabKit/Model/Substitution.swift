// Where the strings of a lab are, so that variables reach every one of them.

/// A value whose strings a learner sees, or a probe uses, after substitution.
protocol Substitutable {
    /// Calls `change` on every string that may hold `{{name}}`.
    mutating func eachString(_ change: (inout String) -> Void)
}

extension String: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) { change(&self) }
}

extension Optional: Substitutable where Wrapped: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        guard var value = self else { return }
        value.eachString(change)
        self = value
    }
}

extension Array: Substitutable where Element: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        for index in indices { self[index].eachString(change) }
    }
}

extension Indirect: Substitutable where Value: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) { value.eachString(change) }
}

extension Lab: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        title.eachString(change)
        summary.eachString(change)
        scene.eachString(change)
        steps.eachString(change)
        lesson.eachString(change)
        solution.eachString(change)
        mutants.eachString(change)
        alternatives.eachString(change)
    }
}

extension Scene: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        decoys.eachString(change)
        files.eachString(change)
        directories.eachString(change)
        box.eachString(change)
        hosts.eachString(change)
    }
}

extension Scene.Host: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        name.eachString(change)
        address.eachString(change)
        link.eachString(change)
        nodeAddress.eachString(change)
    }
}

extension Scene.Box: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        path.eachString(change)
        programs.eachString(change)
    }
}

extension Scene.Decoy: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        name.eachString(change)
        arguments.eachString(change)
    }
}

extension Scene.File: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        path.eachString(change)
        text.eachString(change)
    }
}

extension Step: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        title.eachString(change)
        task.eachString(change)
        checks.eachString(change)
        hints.eachString(change)
        broken.eachString(change)
    }
}

extension BrokenScene: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        probe.eachString(change)
        message.eachString(change)
    }
}

extension Hint: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        text.eachString(change)
        if case .observed(let key, .some(var value)) = when?.condition {
            change(&value)
            when?.condition = .observed(key: key, value: value)
        }
    }
}

extension Check: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        title.eachString(change)
        probe.eachString(change)
        help.eachString(change)
        observations.eachString(change)
    }
}

extension Observation: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        value.eachString(change)
        help.eachString(change)
    }
}

extension Lesson: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        title.eachString(change)
        introduction.eachString(change)
        sections.eachString(change)
    }
}

extension LessonSection: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        title.eachString(change)
        text.eachString(change)
        consoleBlocks.eachString(change)
    }
}

extension ConsoleBlock: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        for index in waits.indices { waits[index].condition.eachString(change) }
        commands.eachString(change)
    }
}

extension ConsoleBlock.Command: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        typed.eachString(change)
        expected.eachString(change)
    }
}

extension TypedLine: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) { change(&text) }
}

extension Script: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        preamble.eachString(change)
        steps.eachString(change)
    }
}

extension ScriptStep: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        lines.eachString(change)
        answer.eachString(change)
    }
}

extension Mutant: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        summary.eachString(change)
        lines.eachString(change)
        answer.eachString(change)
    }
}

extension Alternative: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        summary.eachString(change)
        lines.eachString(change)
        answer.eachString(change)
    }
}

extension Selector.Sharing: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) { with.eachString(change) }
}

extension Selector: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        root.eachString(change)
        notRoot.eachString(change)
        executable.eachString(change)
        name.eachString(change)
        writes.eachString(change)
        sharing.eachString(change)
        apart.eachString(change)
        ancestorOf.eachString(change)
        descendantOf.eachString(change)
    }
}

extension Place: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        guard case .process(var selector) = self else { return }
        selector.eachString(change)
        self = .process(selector)
    }
}
