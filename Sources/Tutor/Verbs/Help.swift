// `help`: the verbs explained.

extension Verb {
    static let help = Verb(
        "help", .optional("VERB"), summary: "this list, or more about one verb",
        help:
            "`help` lists the verbs, `help VERB` tells more about one. To reach a command of the shell that has the name of "
            + "a verb, put `!` before it: `!help` is bash's own help.",
        words: Verb.Words { _, begun in Verb.all.map(\.name).filter { $0.hasPrefix(begun) } }
    ) { shell, arguments in
        shell.help(arguments.words.first)
    }
}

extension TutorialShell {
    fileprivate func help(_ name: String?) {
        if let name {
            if let verb = Verb.named(name) {
                say(screen.text("`\(verb.usage)`") + [""] + MarkdownRenderer(style: style).render(verb.help))
            } else {
                say(screen.failed("`\(name)` is no verb. For a command of the shell, `!help \(name)` may know more."))
            }
            return
        }
        say(screen.pairs(Verb.all.map { ($0.usage, $0.summary) }))
        say([""] + screen.note("Anything else, or what follows a `!`, is typed into the playground's shell."))
        guard editor != nil else { return }
        say(
            screen.note(
                marksExplained
                    + " `\(style.unicode ? "–" : "-")` is one that another has to come before, `!` one that could not be "
                    + "judged. A name behind them is of a program or shell in the playground that waits for your line.")
        )
        say(
            screen.note(
                "\(escapeKey) comes back here from whatever runs in the playground, which goes on; `resume` returns to "
                    + "it. Ctrl-C and Ctrl-Z go to the program that runs; at this prompt Ctrl-C empties the line, and on an empty one goes to "
                    + "what waits in the playground. Tab completes what is there inside the playground."
            ))
    }
}
