// Reading recipes, and saying where they are wrong.

import Testing

@testable import RootBuilder

@Suite struct RecipeTests {
    @Test("the recipes of the project can be read", arguments: ["course", "busybox", "debian"])
    func own(name: String) throws {
        let recipe = try Recipe.load(path: recipePath(name))
        #expect(recipe.name == name)
        #expect(recipe.version > 0)
        #expect(Set(recipe.links.map(\.path)).isDisjoint(with: recipe.files.map(\.path)))
    }

    @Test("every program of the course names its package once")
    func noDoubles() throws {
        let names = try Recipe.load(path: recipePath("course")).programs.flatMap(\.items)
        #expect(names.count == Set(names).count, "\(Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys)")
    }

    @Test("every problem is reported with file, line and column")
    func problems() throws {
        let text = """
            schema: podlab.root/v1
            name: x
            version: one
            colour: red
            programs:
              - {names: [ls]}
            folders: {tmp: "1777", /a: "4755"}
            """
        let error = #expect(throws: RecipeError.self) { try Recipe.parse(text, file: "r.yaml") }
        let problems = try #require(error).problems
        #expect(problems.contains { $0.hasPrefix("r.yaml:4:1: unknown key \"colour\"") })
        #expect(problems.contains { $0.hasPrefix("r.yaml:3:10: version is a whole number") })
        #expect(problems.contains { $0.contains("r.yaml:6:5: package is missing") })
        #expect(problems.contains { $0.contains("\"tmp\" is not an absolute path") })
        #expect(problems.contains { $0.contains("setuid") })
        #expect(throws: RecipeError.self) { try Recipe.parse("name: [") }
        #expect(throws: RecipeError.self) { try Recipe.parse("") }
        #expect(throws: RecipeError.self) { try Recipe.load(path: "/none") }
    }

    @Test("a digest tells one bit and one trailing zero apart")
    func digests() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var other = bytes
        other[500] ^= 1
        let all = [bytes, other, bytes + [0], bytes.dropLast(), Array(bytes.reversed()), [], [0], [0, 0]].map {
            ContentDigest(of: Array($0))
        }
        #expect(Set(all).count == all.count)
        #expect(all[0].description.count == 32)
    }
}
