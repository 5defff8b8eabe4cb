// The table of verbs.

extension Verb {
    /// All that there are, in the order of `help`: a verb is a file in Verbs/ and a row here.
    package static let all: [Verb] = [
        labs,
        start,
        task,
        lesson,
        check,
        hint,
        solution,
        demo,
        answer,
        reset,
        skip,
        next,
        back,
        goto,
        progress,
        resume,
        help,
        quit,
    ]

    /// The one of that name, exactly.
    static func named(_ name: some StringProtocol) -> Verb? { all.first { $0.name == name } }
}
