// What is refused before anything happens.

import Isolation
import Testing

@Suite("validation")
struct ValidationTests {
    @Test(
        "a plan that cannot work is refused with its step named",
        arguments: [
            ([.setName("x")], nil, "its last step must be .execute or .finish"),
            ([sh("true"), sh("true")], 0, "nothing can follow it"),
            ([.enterProcessNamespace, sh("true")], 0, "no pid namespace has been joined or unshared before"),
            ([.mapIDs(.automatic), sh("true")], 0, "no user namespace has been unshared before"),
            ([.unshare([]), sh("true")], 0, "no namespace is named"),
            ([.bind(from: .opened("x"), to: "/"), sh("true")], 0, "nothing has been opened as x"),
            ([.open("/", as: "x"), .open("/", as: "x"), sh("true")], 1, "the name x is taken"),
            (
                [.open("/", as: "x"), .lockMountOptions(.readOnly, ofTree: "x", at: "/tmp"), sh("true")], 1,
                "no mount has been copied as x"
            ),
            (
                [.openTree("/", as: "x"), .lockMountOptions(.readOnly, ofTree: "x", at: "/tmp"), sh("true")], 1,
                "a user whom the namespace maps does this: .mapIDs and .setCredentials go first"
            ),
            ([.mount(.proc, on: ""), sh("true")], 0, "an empty path"),
            ([.changeDirectory("/a\0b"), sh("true")], 0, "a text with a zero byte"),
            ([.setHostname(""), sh("true")], 0, "a host name has 1 to 64 bytes"),
            (
                [.mount(.overlay(lower: ["/"], upper: "/u"), on: "/"), sh("true")], 0,
                "an upper layer needs a work directory, and the other way round"
            ),
            ([.duplicate(1, as: 3), .duplicate(1, as: 3), sh("true")], 1, "descriptor 3 is given twice"),
            ([.execute("/x", arguments: [])], 0, "arguments begin with the program's own name"),
        ] as [([Step], Int?, String)])
    func refused(steps: [Step], index: Int?, problem: String) {
        let error = #expect(throws: PlanError.self) { try Plan(steps).validated() }
        #expect(error?.step == index && error?.problem == problem)
        #expect(throws: IsolationError.self) { try Plan(steps).run() }
    }

    @Test("id ranges must not be empty, overlap or run over")
    func ranges() {
        let bad: [[IDRange]] = [
            [], [.init(inside: 0, outside: 9, count: 0)], [.init(inside: .max, outside: 9, count: 2)],
            [.init(inside: 0, outside: 9, count: 5), .init(inside: 4, outside: 99, count: 1)],
        ]
        for ranges in bad {
            let plan: Plan = [.unshare([.user]), .mapIDs(.ranges(users: ranges, groups: ranges)), sh("true")]
            #expect(throws: PlanError.self) { try plan.validated() }
        }
    }

    @Test("plans are values")
    func values() {
        let plan: Plan = [.setName("a"), sh("true")]
        #expect(plan == Plan([.setName("a")]).appending(sh("true")))
        #expect(plan != Plan([sh("true")]))
    }
}
