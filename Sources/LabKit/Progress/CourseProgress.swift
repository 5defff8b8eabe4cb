// What a learner has done so far, podlab.progress/v1.

import FoundationEssentials

/// Progress through all labs, as the state folder keeps it.
package struct CourseProgress: Sendable, Equatable, Codable {
    package static let schema = "podlab.progress/v1"

    package private(set) var schema: String = Self.schema
    /// The lab that was started last.
    package var currentLab: String?
    /// By lab id.
    package var labs: [String: LabProgress] = [:]

    package init() {}
}

/// The short name, for files that do not import Foundation, which has a `Progress` of its own.
package typealias Progress = CourseProgress

/// One learner's way through one lab.
package struct LabProgress: Sendable, Equatable, Codable {
    /// What the variables are drawn from. Stays for the attempt.
    package var seed: String
    /// The step the learner is at; nil when the lab is finished.
    package var currentStep: String?
    /// Step ids with the time at which all their checks passed.
    package var finishedSteps: [String: Date] = [:]
    /// Places of the hints shown, by step id.
    package var hintsShown: [String: Set<Int>] = [:]
    /// How often a step was checked, by step id.
    package var attempts: [String: Int] = [:]
    /// What the learner answered, by step id.
    package var answers: [String: String] = [:]

    package init(seed: String, currentStep: String? = nil) {
        self.seed = seed
        self.currentStep = currentStep
    }

    private enum CodingKeys: String, CodingKey {
        case seed, currentStep, finishedSteps, hintsShown, attempts, answers
    }

    package func isFinished(_ lab: Lab) -> Bool { lab.steps.allSatisfy { finishedSteps[$0.id] != nil } }
}

extension CourseProgress {
    /// Only `schema` and `labs` matter to whether a file can be read; what a learner did is never lost over a field
    /// that is not there.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = try container.decode(String.self, forKey: .schema)
        currentLab = try container.decodeIfPresent(String.self, forKey: .currentLab)
        labs = try container.decodeIfPresent([String: LabProgress].self, forKey: .labs) ?? [:]
    }

    static func decode(_ data: Data) throws -> CourseProgress {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(CourseProgress.self, from: data)
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

extension LabProgress {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seed = try container.decode(String.self, forKey: .seed)
        currentStep = try container.decodeIfPresent(String.self, forKey: .currentStep)
        finishedSteps = try container.decodeIfPresent([String: Date].self, forKey: .finishedSteps) ?? [:]
        hintsShown = try container.decodeIfPresent([String: Set<Int>].self, forKey: .hintsShown) ?? [:]
        attempts = try container.decodeIfPresent([String: Int].self, forKey: .attempts) ?? [:]
        answers = try container.decodeIfPresent([String: String].self, forKey: .answers) ?? [:]
    }

    /// Sets are written sorted, so that equal progress gives equal bytes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seed, forKey: .seed)
        try container.encode(currentStep, forKey: .currentStep)
        try container.encode(finishedSteps, forKey: .finishedSteps)
        try container.encode(hintsShown.mapValues { $0.sorted() }, forKey: .hintsShown)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(answers, forKey: .answers)
    }
}
