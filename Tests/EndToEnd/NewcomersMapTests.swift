// The table "Where to open what" of docs/architecture.md leads somewhere.

import Foundation
import Testing

@Suite struct NewcomersMapTests {
    @Test("every file and folder that the newcomer's map names is there")
    func places() throws {
        let page = try String(contentsOfFile: Executable.checkout + "/docs/architecture.md", encoding: .utf8)
        let start = try #require(page.range(of: "## Where to open what\n"))
        let table = page[start.upperBound...].prefix { $0 != "#" }
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
        #expect(rows.count >= 20)
        for row in rows {
            let names = row.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            let paths = names.filter { $0.hasPrefix("Sources/") || $0.hasPrefix("Tests/") || $0.hasPrefix("rootfs") }
            #expect(!paths.isEmpty || row.contains("`Labs/NN-NAME/`"), "\(row)")
            for path in paths {
                #expect(FileManager.default.fileExists(atPath: Executable.checkout + "/" + path), "\(row): \(path)")
            }
        }
    }
}
