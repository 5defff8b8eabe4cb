// Variables: drawn, substituted, exported.

import Testing

@testable import LabKit

@Suite("Variables")
struct VariableTests {
    private let box = Variable(
        name: "box", defaultValue: "/home/namespace/box",
        choice: .prefixed("/home/namespace/", words: ["box", "crate", "pod", "hull", "shell"]))

    @Test("without a seed the default; with one always the same value")
    func stable() {
        #expect(box.value(seed: nil, lab: "01-chroot") == "/home/namespace/box")
        // Written down: a learner's values must survive an update of podlab.
        #expect(
            ["ada", "grace", "edsger", "barbara"].map { box.value(seed: $0, lab: "01-chroot") }
                == ["/home/namespace/shell", "/home/namespace/box", "/home/namespace/pod", "/home/namespace/shell"])
        #expect(fnv1a("a") == 0xaf63_dc4c_8601_ec8c)
        var generator = SplitMix64(state: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test("seeds spread over the values, and lab and name play a part")
    func spread() {
        let values = (0..<500).map { box.value(seed: "\($0)", lab: "01-chroot") }
        for value in box.choice?.values ?? [] { #expect((60...140).contains(values.count { $0 == value })) }
        #expect(values != (0..<500).map { box.value(seed: "\($0)", lab: "02-bind") })
    }

    @Test("by the kind of machine: the first that fits, else the default, whatever the seed")
    func machine() {
        let root = Variable(
            name: "memory-root", defaultValue: "/sys/fs/cgroup",
            choice: .byMachine([
                .init(word: "memory-v1", value: "/sys/fs/cgroup/memory"),
                .init(word: "cgroup-hybrid", value: "/sys/fs/cgroup/unified"),
            ]))
        func value(_ words: Set<String>) -> String { root.value(seed: "ada", lab: "05", machine: MachineWords(words)) }
        #expect(value(["cgroup-v2", "memory-v2"]) == "/sys/fs/cgroup")
        #expect(value(["cgroup-v1", "memory-v1"]) == "/sys/fs/cgroup/memory")
        #expect(value(["cgroup-hybrid", "memory-v1"]) == "/sys/fs/cgroup/memory")
        #expect(value(["cgroup-hybrid", "memory-v2"]) == "/sys/fs/cgroup/unified")
    }

    @Test("every known name is replaced, and what only looks like one is left alone")
    func substitute() {
        let values = VariableValues(["box": "/b", "pod-name": "p"])
        #expect(values.substitute(in: "{{box}}/x {{pod-name}}{{box}}") == "/b/x p/b")
        #expect(
            values.substitute(in: "{{ box }} {{.Name}} {{no}} {{box} {{{box}}}")
                == "{{ box }} {{.Name}} {{no}} {{box} {/b}")
        #expect(values.substitute(in: "ä{{box}}ö") == "ä/bö")
        #expect(values.environment == ["BOX": "/b", "POD_NAME": "p"])
    }
}
