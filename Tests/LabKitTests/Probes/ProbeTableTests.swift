// A probe is one file and one row: nothing else of the sources may know of it.

import Foundation
import Testing

@testable import LabKit

@Suite("Table of probes")
struct ProbeTableTests {
    private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Swift files below a folder of the checkout, by their paths there.
    private func files(of folder: String) throws -> [String: String] {
        let top = Self.checkout.appendingPathComponent(folder).path
        return try FileManager.default.subpathsOfDirectory(atPath: top).filter { $0.hasSuffix(".swift") }
            .reduce(into: [:]) { $0[$1] = try String(contentsOfFile: "\(top)/\($1)", encoding: .utf8) }
    }

    private var types: [String] { Probes.all.map { "\($0)" } }

    @Test("every type in the folder of probes that is one is in the table, and its file has its name")
    func rows() throws {
        var found: [String] = []
        for (path, text) in try files(of: "Sources/LabKit/Probes") {
            for match in text.matches(of: /(?m)^extension (\w+): Probe \{/) {
                let name = String(match.1)
                #expect(path.split(separator: "/").last == "\(name).swift", "\(path)")
                found.append(name)
            }
        }
        #expect(found.sorted() == types.sorted())
        #expect(Set(Probes.all.map { $0.key }).count == Probes.all.count)
    }

    @Test("no other file of the sources names a probe")
    func others() throws {
        let names = try Regex("\\b(?:\(types.joined(separator: "|")))\\b")
        let all = try files(of: "Sources").filter { !$0.key.hasPrefix("LabKit/Probes/") }
        // Were nothing looked through, this would show nothing.
        #expect(all.count > 300)
        for (path, text) in all {
            if let match = text.firstMatch(of: names) { Issue.record("\(path) names \(text[match.range])") }
        }
    }

    @Test("two checks have the same probe when it is of one kind and asks the same")
    func equality() {
        let one = AnyProbe(DecoyProbe(name: "a", alive: true))
        #expect(one == AnyProbe(DecoyProbe(name: "a", alive: true)))
        #expect(one != AnyProbe(DecoyProbe(name: "a", alive: false)))
        #expect(one != AnyProbe(SignalProbe(target: "a", signals: [], ended: true, missed: false)))
    }
}
