// podlab bench measures what it says: a row that could not be measured is an error, and no row is lost.

import Testing

@Suite struct BenchTests {
    @Test("every row of podlab bench has a figure, those from a machine of its own too", .needsPlayground)
    func rows() throws {
        let done = try Home().podlab("bench", "--rounds", "1")
        #expect(done.code == 0, "\(done)")
        let rows = done.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(rows.allSatisfy { $0.count == 2 && (Int($0[0]) ?? 0) > 0 }, "\(done.output)")
        for row in ["a pod's network by the library", "1000 links read by the library", "fresh playground, until"] {
            #expect(rows.contains { $0.last?.hasPrefix(row) == true }, "\(row)")
        }
    }
}
