// The verbs of the tutorial shell: a closed list, each with its arguments and its help.

import StrictYAML

/// A word that the tutorial shell understands itself. Everything else goes to the playground's shell.
package enum Verb: String, CaseIterable, Sendable {
    case labs, start, task, lesson, check, hint, solution, demo, answer, reset, skip, next, back, goto, progress
    case resume, help, quit

    /// What a verb takes.
    package enum Shape: Sendable, Equatable {
        case nothing
        case optional(String)
        case one(String)
        /// The rest of the line as it is, because the playground's shell may have to expand it.
        case text(String)
    }

    package var name: String { rawValue }

    package var shape: Shape {
        switch self {
        case .start: .optional("LAB")
        case .lesson: .optional("STEP")
        case .help: .optional("VERB")
        case .goto: .one("STEP")
        case .answer: .text("VALUE")
        case .labs, .task, .check, .hint, .solution, .demo, .reset, .skip, .next, .back, .progress, .resume, .quit:
            .nothing
        }
    }

    /// The verb and what it takes: `start [LAB]`.
    package var usage: String {
        switch shape {
        case .nothing: name
        case .optional(let argument): "\(name) [\(argument)]"
        case .one(let argument), .text(let argument): "\(name) \(argument)"
        }
    }

    /// What is wrong with these arguments and what to type instead; `nil` if nothing is.
    package func problem(with arguments: Command.Arguments) -> String? {
        let count = arguments.words.count
        switch shape {
        case .nothing where count > 0:
            return "`\(name)` takes nothing after it. A program of that name is run with `!\(name) …`."
        case .optional where count > 1, .one where count != 1: return "Type `\(usage)`."
        case .text where count == 0: return "Type `\(usage)`."
        default: return nil
        }
    }

    /// One line for the table of `help`.
    package var summary: String {
        switch self {
        case .labs: "the labs, with your progress"
        case .start: "begin a lab, or go on where you left"
        case .task: "what this step asks of you"
        case .lesson: "read the lesson of this step"
        case .check: "ask the kernel whether the step is done"
        case .hint: "the next hint; each says more than the last"
        case .solution: "the commands that solve this step"
        case .demo: "see the step done, and what the kernel was asked"
        case .answer: "hand in a fact that the step asks for"
        case .reset: "a fresh playground at this step"
        case .skip: "have this step done for you and go on"
        case .next: "go on to the next step"
        case .back: "return to the step before"
        case .goto: "go to a step of this lab"
        case .progress: "what is done in this lab"
        case .resume: "return to the program that you left with Ctrl-]"
        case .help: "this list, or more about one verb"
        case .quit: "leave; your progress is kept"
        }
    }

    /// The longer text of `help VERB`, as Markdown.
    package var help: String {
        switch self {
        case .labs: "Lists all labs with their titles, the time that they take, and how far you are."
        case .start:
            "Begins a lab: `start 1` or `start 01-chroot`. Without a lab, it begins or goes on with the one that comes next. "
                + "Tab completes the names."
        case .task:
            "Shows again, in short, what this step asks of you, what is checked, and which variables the lab has set."
        case .lesson:
            "Shows the lesson of this step, a screen at a time if it is long. With the word or number of a step, that step's lesson."
        case .check:
            "Looks at the kernel and tells which checks of this step hold, and for those that do not, what was expected, "
                + "what is, and where that was read; what to type is told when all hints were. A check changes nothing; use it as often as you like. Some steps ask "
                + "you to be *inside* a box while you check."
        case .hint:
            "Shows one more hint for this step, the answer last. What the last `check` found decides which hint comes first."
        case .solution:
            "Shows the commands that solve this step, and in which shell they are to be typed. They are not run."
        case .demo:
            "Does this step before your eyes: as the shell commands that a person would type, and as the system calls "
                + "that the kernel sees."
        case .answer:
            "Some steps ask for a fact: `answer VALUE`. The value is expanded as the playground's shell would do it, so "
                + "`answer $(stat -c '%d:%i' /)` hands in what `stat` prints."
        case .reset:
            "Ends everything that runs in your playground, throws its files away, and begins this step in a fresh one. The steps "
                + "before it are done for you."
        case .skip:
            "Does this step for you and goes on: in your playground where its shell is still where the step began, else in a fresh one, "
                + "in which the steps before are done for you too. The step counts as skipped, not as done."
        case .next:
            "Goes on to the next step, once the checks of this one have passed; what became of them since does not matter. `skip` goes "
                + "on without that."
        case .back: "Returns to the step before. What you did stays as it is."
        case .goto:
            "Goes to a step of this lab, by its word or its number: `goto enter`, `goto 3`. The steps before it, if you have not done "
                + "them, are done for you."
        case .progress: "Shows the steps of this lab with their checks, and your score."
        case .resume:
            "Ctrl-] comes back to this prompt from whatever runs in the playground: an editor, `top`, `sleep 1000`. It goes on "
                + "running, and the verbs work meanwhile. `resume` returns to it with its screen as it was; what it printed "
                + "meanwhile is shown. A shell or other program that waits for lines gets the whole keyboard with `resume`, until "
                + "it ends or you press Ctrl-] again. `PODLAB_ESCAPE_KEY=^T podlab` chooses another key."
        case .help:
            "`help` lists the verbs, `help VERB` tells more about one. To reach a command of the shell that has the name of "
                + "a verb, put `!` before it: `!help` is bash's own help."
        case .quit:
            "Ends the playground and leaves podlab. Your progress is kept; what you built in the playground is not. Ctrl-D "
                + "on an empty line does the same when it is pressed twice. (`exit` ends a shell of the playground instead.)"
        }
    }
}
