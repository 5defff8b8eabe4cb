// The course as a learner has it: every line of every solution typed at the tutor's prompt, on a terminal.

import Foundation
import Testing

/// `solution.sh` of a lab, cut by its steps.
struct SolutionSteps {
    var lab: String
    var steps: [(id: String, lines: [String])] = []

    /// What the prompt calls the lab.
    var number: String { String(lab.prefix(while: \.isNumber)) }

    init(_ lab: String) throws {
        self.lab = lab
        let text = try String(contentsOfFile: Executable.checkout + "/Labs/\(lab)/solution.sh", encoding: .utf8)
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# step: ") {
                steps.append((String(line.dropFirst("# step: ".count)), []))
            } else if !line.hasPrefix("#"), !steps.isEmpty {
                steps[steps.count - 1].lines.append(String(line))
            }
        }
        try #require(steps.count > 1 && steps.allSatisfy { !$0.lines.isEmpty }, "\(lab): \(steps)")
    }

    static let all = ["01-chroot", "02-bind-mounts", "03-unshare", "04-network"]
    static let needingCgroups = ["05-cgroup-memory"]
    static let needingImages = ["06-pause", "15-restart"]
}

/// progress.json as tests read it.
struct ProgressDocument: Decodable {
    struct Lab: Decodable {
        var seed: String?
        var currentStep: String?
        var finishedSteps: [String: String]
        var answers: [String: String]?
    }
    var schema: String
    var currentLab: String?
    var labs: [String: Lab]
}

extension Home {
    func progress() throws -> ProgressDocument {
        let data = try Data(contentsOf: URL(fileURLWithPath: progressFile))
        return try JSONDecoder().decode(ProgressDocument.self, from: data)
    }
}

extension TerminalSession {
    /// Types the lines of one step, checks it, and waits for its marks.
    func solve(_ step: (id: String, lines: [String]), of lab: SolutionSteps) throws {
        let prompt = "\(lab.number) \(step.id.prefix(16))"
        for line in step.lines {
            try type(line)
            try self.prompt(prompt)
        }
        try type("check")
        let marked = try self.prompt(prompt)
        let text = screen.text
        let marks = marked.dropFirst(prompt.count).filter { "●○!–".contains($0) }
        guard !marks.isEmpty, marks.allSatisfy({ $0 == "●" }), text.contains("This step is done. next goes on.") else {
            throw TookTooLong(description: "\(lab.lab), step \(step.id), is not done:\n\(text)")
        }
    }
}

@Suite struct TypedCourseTests {
    @Test(
        "every line of the solutions, typed at the tutor's prompt, gets to the end of the lab", .needsPlayground,
        arguments: SolutionSteps.all.map { [$0] } + [SolutionSteps.all])
    func typed(labs: [String]) throws {
        try type(labs)
    }

    @Test(
        "so do those of the labs that run pods", .needsPlayground, .needsImages, arguments: SolutionSteps.needingImages)
    func typedWithImages(lab: String) throws {
        try type([lab])
    }

    @Test(
        "so do those of the labs that make cgroups", .needsPlayground, .needsCgroups,
        arguments: SolutionSteps.needingCgroups)
    func typedWithCgroups(lab: String) throws {
        try type([lab])
    }

    private func type(_ labs: [String]) throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        for lab in try labs.map(SolutionSteps.init) {
            try terminal.type("start \(Int(lab.number) ?? 0)")
            for (index, step) in lab.steps.enumerated() {
                try terminal.prompt("\(lab.number) \(step.id.prefix(16)) ○")
                try terminal.solve(step, of: lab)
                try terminal.type("next")
                if index == lab.steps.count - 1 { try terminal.expect("was the last step: the lab is done") }
            }
            try terminal.prompt("\(lab.number) ")
            try terminal.type("labs")
            try terminal.expect("\(lab.steps.count) of \(lab.steps.count) steps done")
            try terminal.prompt("\(lab.number) ")
            let finished = try #require(try home.progress().labs[lab.lab]?.finishedSteps)
            #expect(Set(finished.keys) == Set(lab.steps.map(\.id)))
        }
        try terminal.type("quit")
        #expect(try terminal.ended() == 0)
        #expect(home.sessions.isEmpty)
        #expect(Set(try home.progress().labs.keys) == Set(labs))
    }
}
