// `resume`: going back to what runs.

extension Verb {
    static let resume = Verb(
        "resume", summary: "return to the program that you left with Ctrl-]",
        help:
            "Ctrl-] comes back to this prompt from whatever runs in the playground: an editor, `top`, `sleep 1000`. It goes on "
            + "running, and the verbs work meanwhile. `resume` returns to it with its screen as it was; what it printed "
            + "meanwhile is shown. A shell or other program that waits for lines gets the whole keyboard with `resume`, until "
            + "it ends or you press Ctrl-] again. `PODLAB_ESCAPE_KEY=^T podlab` chooses another key."
    ) { shell, _ in
        shell.resume()
    }
}
