// `quit`: leaving.

extension Verb {
    static let quit = Verb(
        "quit", summary: "leave; your progress is kept",
        help:
            "Ends the playground and leaves podlab. Your progress is kept; what you built in the playground is not. Ctrl-D "
            + "on an empty line does the same when it is pressed twice. (`exit` ends a shell of the playground instead.)"
    ) { shell, _ in
        shell.leave()
    }
}
