// The podlab under test: the static executable, because PID 1 of a playground is that executable itself.

import Foundation
import Glibc
import Synchronization
import Testing

enum Executable {
    /// `PODLAB_TEST_EXECUTABLE`, else what the checkout's release build made; nil when there is neither.
    static let path: String? = {
        if let named = ProcessInfo.processInfo.environment["PODLAB_TEST_EXECUTABLE"] {
            return access(named, X_OK) == 0 ? named : nil
        }
        let built = checkout + "/.build/release/podlab"
        return access(built, X_OK) == 0 ? built : nil
    }()

    /// The folder that holds Package.swift.
    static let checkout: String = {
        if let named = ProcessInfo.processInfo.environment["PODLAB_TEST_CHECKOUT"] { return named }
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if access(folder.appendingPathComponent("Package.swift").path, F_OK) == 0 { break }
        }
        return folder.path
    }()

    static let absent: Comment = "there is no static podlab: run `make build`"

    /// Why no playground can be had here; nil when one was had.
    static let trouble: String? = {
        guard path != nil else { return "\(absent)" }
        do {
            let tried = try Home().podlab("run", "--", "true")
            return tried.code == 0 ? nil : "no playground can be started here: \(tried.error)"
        } catch {
            return "\(error)"
        }
    }()
}

extension Executable {
    /// Why lab 05 cannot run here, as doctor says it; nil when it can.
    static let troubleWithCgroups: String? = {
        struct Doctor: Decodable {
            struct Lab: Decodable {
                var id: String
                var verdict: String
                var detail: String
            }
            var labs: [Lab]
        }
        if let trouble { return trouble }
        do {
            let said = try Home().podlab("doctor", "--format", "json")
            let doctor = try JSONDecoder().decode(Doctor.self, from: Data(said.bytes))
            guard let lab = doctor.labs.first(where: { $0.id.hasPrefix("05") }) else { return "there is no lab 05" }
            return lab.verdict == "yes" ? nil : lab.detail
        } catch {
            return "\(error)"
        }
    }()
}

extension Trait where Self == ConditionTrait {
    /// For tests of labs that make cgroups.
    static var needsCgroups: Self {
        .enabled(if: Executable.troubleWithCgroups == nil, Comment(rawValue: Executable.troubleWithCgroups ?? ""))
    }

    /// For tests that start playgrounds.
    static var needsPlayground: Self {
        .enabled(if: Executable.trouble == nil, Comment(rawValue: Executable.trouble ?? ""))
    }

    /// For tests of commands that start none.
    static var needsPodlab: Self { .enabled(if: Executable.path != nil, Executable.absent) }
}

/// A program on this machine's PATH; nil when there is none.
func program(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let candidates: [String] = path.split(separator: ":").map { "\($0)/\(name)" }
    return candidates.first { access($0, X_OK) == 0 }
}

let isRoot = geteuid() == 0
