// `labs`: the labs of the course.

extension Verb {
    static let labs = Verb(
        "labs", summary: "the labs, with your progress",
        help: "Lists all labs with their titles, the time that they take, and how far you are."
    ) { shell, _ in
        shell.showLabs()
    }
}
