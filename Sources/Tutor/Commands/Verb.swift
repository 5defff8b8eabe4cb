// What a verb of the tutorial shell is. Each is one file in Verbs/ and one row of `Verb.all`.

/// A word that the tutorial shell understands itself. Everything else goes to the playground's shell.
package struct Verb: Sendable {
    package let name: String
    let shape: Shape
    /// One line for the table of `help`.
    let summary: String
    /// The longer text of `help VERB`, as Markdown.
    let help: String
    /// What Tab offers for its argument.
    let words: Words
    /// What it does, with arguments in which `problem(with:)` finds nothing wrong. An error is told and ends nothing.
    let perform: @Sendable (TutorialShell, Command.Arguments) throws -> Void

    init(
        _ name: String, _ shape: Shape = .nothing, summary: String, help: String, words: Words = .none,
        perform: @escaping @Sendable (TutorialShell, Command.Arguments) throws -> Void
    ) {
        self.name = name
        self.shape = shape
        self.summary = summary
        self.help = help
        self.words = words
        self.perform = perform
    }

    /// What a verb takes.
    enum Shape: Sendable, Equatable {
        case nothing
        case optional(String)
        case one(String)
        /// The rest of the line as it is, because the playground's shell may have to expand it.
        case text(String)
    }

    /// The words that may stand for an argument.
    struct Words: Sendable {
        /// Those that go on with what is begun, given what there is.
        let goingOn: @Sendable (_ known: VerbCompletion, _ begun: String) -> [String]

        static let none = Words { _, _ in [] }
        static let steps = Words { known, begun in known.steps.filter { $0.hasPrefix(begun) } }
    }

    /// The verb and what it takes: `start [LAB]`.
    var usage: String {
        switch shape {
        case .nothing: name
        case .optional(let argument): "\(name) [\(argument)]"
        case .one(let argument), .text(let argument): "\(name) \(argument)"
        }
    }

    /// What is wrong with these arguments and what to type instead; `nil` if nothing is.
    func problem(with arguments: Command.Arguments) -> String? {
        let count = arguments.words.count
        switch shape {
        case .nothing where count > 0:
            return "`\(name)` takes nothing after it. A program of that name is run with `!\(name) …`."
        case .optional where count > 1, .one where count != 1: return "Type `\(usage)`."
        case .text where count == 0: return "Type `\(usage)`."
        case .nothing, .optional, .one, .text: return nil
        }
    }
}

extension Verb: Equatable {
    /// No two have one name.
    package static func == (left: Verb, right: Verb) -> Bool { left.name == right.name }
}
