// The loader: what it reads, and that it names every fault with its place.

import StrictYAML
import SystemPackage
import Testing

@testable import LabKit

@Suite("Lab loader")
struct LabLoaderTests {
    @Test("a lab without faults is read and nothing is said")
    func good() throws {
        let loaded = try LabFixture().load()
        #expect(loaded.diagnostics.isEmpty)
        let lab = try #require(loaded.lab)
        #expect(lab.number == 1)
        #expect(lab.steps.map(\.id) == ["pack", "enter"])
        #expect(lab.steps[1].checks[0].needs == [CheckReference(step: "pack", check: "there")])
        #expect(lab.steps[1].checks[0].kind == .level)
        #expect(lab.steps[1].checks[0].points == 1)
        #expect(lab.steps[1].asksForAnswer)
        #expect(
            lab.steps[0].checks[0].probe
                == AnyProbe(FileProbe(paths: ["/home/namespace/box"], root: nil, exists: true, type: .directory))
        )
        #expect(lab.solution.step("enter")?.answer == "1:2")
        #expect(lab.mutants.first?.summary == "Nothing is packed.")
        #expect(lab.lesson.sections[1].consoleBlocks[0].commands.map(\.prompt) == ["node#", "bash-5.2#"])
    }

    @Test("every key and every probe is read, and the values of variables are filled into every string")
    func everything() throws {
        var fixture = LabFixture()
        fixture.id = "99-everything"
        fixture.yaml = LabFixture.everything
        fixture.lesson = "# T\n\nintro {{v}}\n\n## One {{v}}\n\n```console\nnode# echo {{v}}\n{{v}}\n```\n"
        fixture.solution = "# step: one\necho {{v}}\n# answer: {{v}}\n"
        fixture.mutants = ["m.sh": "# kills: one/a\n# why {{v}}\n# answer: {{v}}\necho {{v}}\n"]
        fixture.alternatives = ["o.sh": "# solves: one\n# other {{v}}\n# answer: {{v}}\necho {{v}}\n"]
        let loaded = try fixture.load()
        #expect(loaded.diagnostics.filter { $0.severity == .error } == [])
        let lab = try #require(loaded.lab)
        #expect(lab.alternatives.map(\.solves) == ["one"] && lab.alternatives.first?.summary == "other vee-a")
        #expect(Set(lab.checks.map(\.probe.key)) == Set(Probes.all.map { $0.key }))
        var before: [String] = []
        strings(in: lab.withoutVariables, into: &before)
        #expect(before.filter { $0.contains("{{") } == [])
        #expect(before.filter { $0.contains("vee-a") }.count > 50)
        var values = VariableValues(defaultsOf: lab.variables)
        values["v"] = "vee-b"
        values["port"] = "80"
        values["yes"] = "false"
        values["type"] = "regular"
        let other = try lab.filled(with: values)
        var after: [String] = []
        strings(in: other.withoutVariables, into: &after)
        #expect(after == before.map { $0.replacing("vee-a", with: "vee-b") })
        // Numbers, truth values and words, too.
        let one = try #require(lab.checks[0].probe.base as? FileProbe)
        let file = try #require(other.checks[0].probe.base as? FileProbe)
        #expect(one.type == .fifo && file.type == .regular && one.executable == true && file.executable == false)
        let ports = [lab, other].flatMap(\.checks).compactMap { ($0.probe.base as? PageProbe)?.port }
        #expect(ports == [8080, 80])
        // A seed's values give the same lab as these values do.
        let drawn = VariableValues(lab: lab, seed: "ada")
        #expect(try lab.filled(with: drawn) == other.filled(with: drawn))
    }

    @Test(
        "what is the same for everybody takes no variable",
        arguments: [
            ("minutes: 15", "minutes: \"{{box}}\"", "lab.yaml:5:10: 'minutes' is the same for everybody"),
            ("tools: [bash, ls]", "tools: [bash, \"{{box}}\"]", "lab.yaml:6:15: 'tools' is the same for everybody"),
            ("- id: there", "- id: a{{box}}", "lab.yaml:17:13: 'id' is the same for everybody"),
            ("needs: [pack/there]", "needs: [\"pack/{{box}}\"]", "lab.yaml:26:17: 'needs' is the same for everybody"),
            (
                "observed: root, value", "observed: \"{{box}}\", value",
                "lab.yaml:37:46: 'observed' is the same for everybody"
            ),
        ])
    func fixed(old: String, new: String, remark: String) throws {
        let loaded = try LabFixture().replacing(old, with: new).load()
        let remarks = loaded.diagnostics.map(\.description)
        #expect(remarks.contains { $0.contains(remark) }, "\(remarks)")
        #expect(loaded.lab == nil)
    }

    @Test("of a value with an unknown variable nothing else is told")
    func unknown() throws {
        let fixture = LabFixture().replacing(
            "{file: {path: \"{{box}}\", type: directory}}", with: "{route: {to: \"{{bok}}\", via: \"1.{{bok}}\"}}")
        #expect(
            try fixture.remarks() == [
                "lab.yaml:19:30: there is no variable 'bok' (did you mean 'box'?)",
                "lab.yaml:19:48: there is no variable 'bok' (did you mean 'box'?)",
            ])
    }

    @Test("a line that names a step takes no variable")
    func fixedLines() throws {
        var fixture = LabFixture().replacing("words: [box, crate, pod]", with: "words: [box]")
            .replacing("default: /home/namespace/box", with: "default: pack")
        fixture.solution = fixture.solution?.replacing("# step: pack", with: "# step: {{box}}")
        #expect(
            try fixture.remarks().contains(
                "solution.sh:1:9: no variable can stand in a line that names a step or a check"))
    }

    @Test("a value is held to the rules of the place that it comes to, the values of others by lint")
    func values() throws {
        func fixture(_ ip: String) -> LabFixture {
            LabFixture().replacing("variables:", with: "variables:\n  ip: \(ip)").replacing(
                "{file: {path: \"{{box}}\", type: directory}}", with: "{route: {to: default, via: \"{{ip}}\"}}")
        }
        #expect(try fixture("{default: 10.0.0.256}").remarks() == ["lab.yaml:20:43: '10.0.0.256' is no IP address"])
        let loaded = try fixture("{default: 10.0.0.2, oneOf: [10.0.0.2, 10.0.0.3, 10.0.0.x]}").load()
        #expect(loaded.diagnostics == [])
        #expect(
            loaded.faultsOfOtherValues.map(\.description) == [
                "lab.yaml:20:43: with '10.0.0.x' for {{ip}}: '10.0.0.x' is no IP address"
            ])
        let lab = try loaded.get()
        var values = VariableValues(defaultsOf: lab.variables)
        values["ip"] = "10.0.0.x"
        #expect(throws: LabFilesError.self) { try lab.filled(with: values) }
        #expect(try LabFixture().load().faultsOfOtherValues == [])
    }

    /// Every string reachable from a value, by reflection, so that none can be forgotten.
    private func strings(in value: Any, into found: inout [String]) {
        if let text = value as? String {
            found.append(text)
        } else if !(value is FilePath || value is LabSource || value is VariableValues) {
            for child in Mirror(reflecting: value).children { strings(in: child.value, into: &found) }
        }
    }

    @Test(
        "a fault in lab.yaml is named with file, line and column",
        arguments: [
            ("minutes: 15", "minuets: 15", "lab.yaml:5:1: unknown key 'minuets' (did you mean 'minutes'?)"),
            ("minutes: 15", "minuets: 15", "lab.yaml:1:1: missing key 'minutes'"),
            ("minutes: 15", "minutes: long", "lab.yaml:5:10: expected a whole number, found the text 'long'"),
            (
                "    - name: kubelet", "    - name: kubelet\n  box: {path: /b, programs: [bash]}",
                "lab.yaml:12:29: 'bash' is no absolute path: a box has each program at its place in the course root"
            ),
            ("minutes: 15", "minutes: 0", "lab.yaml:5:10: 'minutes' must be from 1 to 600"),
            ("title: A root of its own", "title: [a]", "lab.yaml:3:8: expected text, found a list"),
            (
                "title: A root of its own", "title: 12",
                "lab.yaml:3:8: expected text, found the number 12 (quote it to make it text)"
            ),
            ("title: A root of its own", "title:", "lab.yaml:3:7: expected text, found nothing"),
            ("minutes: 15", "minutes: 15\nminutes: 16", "lab.yaml:6:1: the key 'minutes' stands here a second time"),
            ("v1\n", "v2\n", "lab.yaml:1:9: this podlab reads 'podlab.lab/v1', not 'podlab.lab/v2'"),
            ("{file: {", "{fiel: {", "lab.yaml:19:17: unknown probe 'fiel' (did you mean 'file'?)"),
            (
                "type: directory}}", "type: directory}, decoy: {name: kubelet, alive: true}}",
                "lab.yaml:19:16: expected exactly one of"
            ),
            ("type: directory", "type: dir", "lab.yaml:19:47: unknown word 'dir' (known: regular, directory"),
            (
                "path: \"{{box}}\"", "path: {{box}}",
                "lab.yaml:19:30: expected text: put quotes around a value that starts with {{"
            ),
            ("- id: there", "- id: There it is", "lab.yaml:17:13: a check's id is lower-case letters"),
            ("- id: enter", "- id: pack", "lab.yaml:20:9: there is already a step 'pack'"),
            ("- id: identity", "- id: root-is-box", "there is already a check 'root-is-box' in this step"),
            (
                "needs: [pack/there]", "needs: [pack/three]",
                "lab.yaml:26:17: needs pack/three, and there is no such check (did you mean 'there'?)"
            ),
            ("needs: [pack/there]", "needs: [Pack/there]", "lab.yaml:26:17: 'Pack/there' names no check"),
            (
                "needs: [pack/there]", "needs: [identity]",
                "lab.yaml:24:13: needs go round in a circle: root-is-box → identity → root-is-box"
            ),
            (
                "title: the box is there", "title: the box is there\n        needs: [enter/identity]",
                "needs enter/identity, which is in a later step"
            ),
            ("words: [box", "wrods: [box", "lab.yaml:8:8: 'prefix' and 'words' go together: missing key 'words'"),
            ("Put a bash into {{box}}", "Put a bash into {{bok}}", "lab.yaml:15:27: there is no variable 'bok'"),
            ("id: 01-chroot", "id: 02-chroot", "lab.yaml:2:5: the id must be the folder's name, '01-chroot'"),
            ("check: root-is-box, observed", "check: root-is-bax, observed", "a hint waits for enter/root-is-bax"),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{decoy: {name: kublet, alive: true}}",
                "the scene has no decoy 'kublet' (did you mean 'kubelet'?)"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{signal: {target: kubelet}}",
                "a signal probe needs 'watch: [signals]' in the scene"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{command: {run: [ls], expect: {stdout: {matches: \"(\"}}}}", "not a regular expression"
            ),
            (
                "type: directory}}", "paths: [/a], type: directory}}",
                "lab.yaml:19:23: expected either 'path' or 'paths'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{elfClosure: {root: /, programs: []}}",
                "'programs' is empty: it needs at least one entry"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{link: {in: {netns: a/b}, name: eth0}}",
                "lab.yaml:19:36: 'a/b' is no name of a network namespace: it is a file in /run/netns"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{link: {in: {netns: a, host: b}, name: eth0}}",
                "lab.yaml:19:28: expected exactly one of 'netns', 'host'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{link: {name: sixteen-bytes-xx}}",
                "lab.yaml:19:30: 'sixteen-bytes-xx' is no name of a link: 1 to 15 bytes without white space, '/' and ':'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{link: {name: eth0, exists: false, up: true}}",
                "lab.yaml:19:55: 'up' does not go with 'exists: false'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{address: {link: eth0, address: 10.0.0.1}}",
                "lab.yaml:19:48: '10.0.0.1' is no address with the length of its prefix, such as 10.244.1.2/24"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{route: {to: default, via: 10.0.0.256}}",
                "lab.yaml:19:43: '10.0.0.256' is no IP address"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{nat: {source: 10.0.0.0/33}}",
                "lab.yaml:19:31: '10.0.0.0/33' is no address with the length of its prefix"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{reach: {from: node, to: {host: interne}, address: fe80::1%eth0}}",
                "lab.yaml:19:67: 'fe80::1%eth0' is no IP address"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{reach: {from: node, to: {host: kubelet}, address: 10.0.0.1, transport: sctp}}",
                "unknown word 'sctp' (known: udp, tcp, icmp)"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{reach: {from: node, to: {host: kubelet}, address: 10.0.0.1}}",
                "lab.yaml:19:48: the scene has no host 'kubelet'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{listener: {port: 65536}}",
                "lab.yaml:19:34: 'port' must be from 1 to 65535"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{listener: {port: 80, exists: false, owner: {name: a}}}",
                "'owner' does not go with 'exists: false'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{listener: {in: {host: kubelet}, port: 80}}",
                "the scene has no host 'kubelet'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{process: {select: {program: bash}}}",
                "unknown word 'bash' (known: agent, pause, greedy)"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{process: {select: {program: pause, executable: /usr/local/bin/pause}}}",
                "'executable' does not go with 'program'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{process: {select: {name: sh, descendantOf: {program: agent}}}}",
                "lab.yaml:19:70: a selector of podlab's agent needs 'requirements: [images]'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{page: {address: 127.0.0.1}}",
                "expected at least one of 'contains', 'equals'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{page: {address: localhost, contains: a}}",
                "'localhost' is no IP address"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{page: {address: 127.0.0.1, contains: a, path: \"/ HTTP/1.0\"}}", "is no path of a page"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{page: {address: 127.0.0.1, contains: a, hiddenFrom: {host: web}}}", "the scene has no host 'web'"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}", "{ipcObject: {kind: memory}}",
                "unknown word 'memory' (known: sharedMemory, semaphores, messageQueue)"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{restart: {of: {name: a}, beside: {name: b}, kinds: []}}", "'kinds' is empty"
            ),
            (
                "{file: {path: \"{{box}}\", type: directory}}",
                "{zombies: {of: {sharing: {kinds: [net]}}, count: {exactly: 0}}}", "missing key 'with'"
            ),
            (
                "    - name: kubelet", "    - name: kubelet\n  hosts: [{name: kubelet, address: 10.0.0.2/8, link: up}]",
                "lab.yaml:12:11: missing key 'nodeAddress'"
            ),
            (
                "    - name: kubelet",
                "    - name: kubelet\n  hosts: [{name: kubelet, address: 10.0.0.2/8, link: up, nodeAddress: 10.0.0.1/8}]",
                "lab.yaml:12:18: the scene has two of the name 'kubelet'"
            ),
            ("tools: [bash, ls]", "tools: bash", "lab.yaml:6:8: expected a list, found the text 'bash'"),
            ("tools: [bash, ls]", "tools: [bash, ls", "lab.yaml:7:"),
            ("tools: [bash, ls]", "\ttools: [bash]", "not YAML"),
        ])
    func faults(old: String, new: String, remark: String) throws {
        let loaded = try LabFixture().replacing(old, with: new).load()
        let remarks = loaded.diagnostics.map(\.description)
        #expect(remarks.contains { $0.contains(remark) }, "\(remarks)")
        #expect(loaded.lab == nil)
    }

    @Test("all faults are reported at once, in order")
    func many() throws {
        let remarks = try LabFixture().replacing("minutes: 15", with: "minuets: x").replacing(
            "type: dir", with: "typ: dir"
        )
        .replacing("help: Try", with: "hepl: Try").remarks()
        #expect(remarks.count == 4)
        #expect(remarks.map { $0.split(separator: ":")[1] } == ["1", "5", "19", "29"])
    }

    @Test("a variable value that starts with braces and is followed by text gets the hint to quote it")
    func unquotedBraces() throws {
        let remarks = try LabFixture().replacing("root: \"{{box}}\"", with: "root: {{box}}/x").remarks()
        #expect(remarks.count == 1)
        #expect(remarks.first?.contains("not YAML") == true)
        #expect(remarks.first?.contains("put quotes around a value that starts with {{") == true)
    }

    @Test(
        "a lab that is only unfinished can be learned with, and lint says what is missing",
        arguments: [
            ("empty.sh", nil, "lab.yaml:17:13: no mutant kills the check pack/there"),
            ("new.sh", "# kills: pack/theer\n", "mutants/new.sh:1:1: kills pack/theer, and there is no such check"),
            ("new.sh", "# kills: pack/theer\n", "(did you mean 'pack/there'?)"),
            ("new.sh", "true\n", "mutants/new.sh:1:1: the first line must be '# kills: STEP/CHECK'"),
            ("new.sh", "# kills: there\n", "mutants/new.sh:1:1: 'there' names no check: write STEP/CHECK"),
            ("new.sh", "# kills: pack/there\n# step: pack\n", "mutants/new.sh:2:1: a mutant stands in for one step"),
        ])
    func mutants(name: String, text: String?, remark: String) throws {
        var fixture = LabFixture()
        fixture.mutants[name] = text
        let loaded = try fixture.load()
        #expect(loaded.diagnostics.contains { $0.description.contains(remark) }, "\(loaded.diagnostics)")
        #expect(loaded.lab != nil)
        #expect(!loaded.diagnostics.allowsVerification)
    }

    @Test(
        "an alternative solves a step that there is",
        arguments: [
            (
                "# solves: pakc\n",
                "alternatives/o.sh:1:1: solves pakc, and there is no such step (did you mean 'pack'?)"
            ),
            ("true\n", "alternatives/o.sh:1:1: the first line must be '# solves: STEP'"),
            ("# solves: pack\n# step: pack\n", "alternatives/o.sh:2:1: an alternative stands in for one step"),
        ])
    func alternatives(text: String, remark: String) throws {
        var fixture = LabFixture()
        fixture.alternatives["o.sh"] = text
        let loaded = try fixture.load()
        #expect(loaded.diagnostics.contains { $0.description.contains(remark) }, "\(loaded.diagnostics)")
        #expect(loaded.lab != nil)
        #expect(!loaded.diagnostics.allowsVerification)
    }

    @Test(
        "the solution is held to the steps",
        arguments: [
            ("# step: pack\ntrue\n# step: enter\n", "solution.sh:3:1: the step 'enter' asks for an answer"),
            ("# step: pack\n", "solution.sh:1:1: there is no '# step: enter'"),
            ("true\n# step: pack\n", "solution.sh:1:1: this line stands above the first '# step: ID' line"),
            ("# step: park\n", "solution.sh:1:1: there is no step 'park' (did you mean 'pack'?)"),
            ("# step: enter\n# step: pack\n", "solution.sh:2:1: the step 'pack' comes before the step above it"),
            ("# step: pack\n# step: pack\n", "solution.sh:2:1: the step 'pack' stands here a second time"),
            (nil, "solution.sh:1:1: there is no such file"),
        ])
    func solution(text: String?, remark: String) throws {
        var fixture = LabFixture()
        fixture.solution = text
        let remarks = try fixture.remarks()
        #expect(remarks.contains { $0.hasPrefix(remark) }, "\(remarks)")
    }

    @Test(
        "the lesson is held to the steps",
        arguments: [
            ("## Enter", "## Entering", "lesson.md:11:1: the heading must be the title of the step 'enter': 'Enter'"),
            ("## Enter", "### Enter", "lesson.md:1:1: there is no section '## Enter' for the step 'enter'"),
            ("## Enter", "## Enter\n## More", "lesson.md:12:1: there is no step for the section 'More'"),
            (
                "```console\nnode# mkdir", "```sh\nnode# mkdir",
                "lesson.md:5:1: warning: the section has no console block"
            ),
            ("node# mkdir -p {{box}}", "node# mkdir -p {{bax}}", "lesson.md:8:16: there is no variable 'bax'"),
            ("node# mkdir -p {{box}}", "mkdir", "lesson.md:8:1: output before the first prompt line"),
            (
                "console\nnode# mkdir", "console only\nnode# mkdir",
                "lesson.md:7:1: unknown word 'only' behind 'console'"
            ),
        ])
    func lesson(old: String, new: String, remark: String) throws {
        var fixture = LabFixture()
        fixture.lesson = fixture.lesson.replacing(old, with: new)
        let remarks = try fixture.remarks()
        #expect(remarks.contains { $0.hasPrefix(remark) }, "\(remarks)")
    }

    @Test("a variable that nothing uses is a warning, and one used by its name in the shell is not")
    func unused() throws {
        let yaml = "variables:\n  pod-name: {default: a}"
        var fixture = LabFixture().replacing("variables:", with: yaml)
        #expect(try fixture.remarks() == ["lab.yaml:8:3: warning: the variable 'pod-name' is never used"])
        fixture.solution = fixture.solution?.replacing("mkdir", with: "mkdir ${POD_NAME}")
        #expect(try fixture.remarks() == [])
    }

    @Test(
        "a condition of a selector is said by the task of its step or of one before it, or is marked as identification")
    func conditions() throws {
        func remarks(_ selector: String, _ task: String) throws -> [String] {
            try LabFixture().replacing(#"{root: "{{box}}", executable: /bin/bash}"#, with: selector)
                .replacing("task: Enter the box.", with: "task: \(task)").remarks()
        }
        let first = #"{root: "{{box}}", executable: /bin/bash, innerNumber: 1}"#
        let unsaid = try remarks(first, "Enter it.")
        #expect(unsaid.count == 1, "\(unsaid)")
        #expect(unsaid.first?.hasPrefix("lab.yaml:28:29: warning: no task up to this step") == true, "\(unsaid)")
        #expect(unsaid.first?.contains("innerNumber 1 ('number 1', ") == true, "\(unsaid)")
        // What an earlier task has said need not be said again, and half a word says nothing.
        #expect(try remarks(first, "Enter it as the first process.") == [])
        #expect(try remarks(first, "Enter it as number 12.") == unsaid)
        #expect(try remarks("{executable: /bin/bash, namespaces: {net: different-from-node}}", "Own Network.") == [])
        #expect(try remarks("{executable: /bin/bash, namespaces: {net: different-from-node}}", "Own nets.").count == 1)
        // One mark is enough for all that a key holds.
        let nested = "{executable: /bin/bash, sharing: {kinds: [pid], with: {program: pause}}"
        #expect(try remarks(nested + "}", "Enter it.").count == 2)
        #expect(try remarks(nested + ", identifies: [sharing]}", "Enter it.") == [])
    }

    @Test(
        "a mark that marks nothing is an error",
        arguments: [
            (
                "{executable: /bin/bash, identifies: [root]}",
                "'identifies' names 'root', which the selector does not have"
            ),
            ("{identifies: [root]}", "a selector that only identifies picks every process"),
            (
                "{executable: /bin/bash, descendantOf: {name: x, identifies: [name]}}",
                "'identifies' belongs to the outermost selector"
            ),
        ])
    func marks(selector: String, remark: String) throws {
        let remarks = try LabFixture().replacing(#"{root: "{{box}}", executable: /bin/bash}"#, with: selector).remarks()
        #expect(remarks.contains { $0.contains(remark) }, "\(remarks)")
    }

    @Test("the tasks of the course say what its selectors demand, or the selectors say that they only identify")
    func course() throws {
        let labs = FilePath(#filePath).removingLastComponent().appending("../../../Labs")
        let catalog = try LabCatalog.load(labs)
        #expect(!catalog.labs.isEmpty)
        #expect(catalog.diagnostics.map(\.description).filter { $0.contains("no task up to this step") } == [])
        #expect(catalog.entries.flatMap(\.faultsOfOtherValues) == [])
    }

    @Test("missing and unreadable files are named, not crashed over")
    func missing() throws {
        try withTemporaryFolder { folder in
            let lab = folder.appending("01-chroot")
            #expect(
                LabLoader.load(lab, name: "x").diagnostics.map(\.description) == [
                    "x/lab.yaml:1:1: there is no such file"
                ])
            try write("", to: lab.appending("lab.yaml"))
            #expect(LabLoader.load(lab, name: "").diagnostics.first?.description == "lab.yaml:1:1: the file is empty")
            try write("- a\n", to: lab.appending("lab.yaml"))
            #expect(LabLoader.load(lab, name: "").lab == nil)
            try write("a: [\n", to: lab.appending("lab.yaml"))
            #expect(LabLoader.load(lab, name: "").lab == nil)
        }
    }
}

extension Lab {
    /// Variables hold no uses of variables, and the text of a hint's condition is looked at on its own.
    fileprivate var withoutVariables: Lab {
        var copy = self
        copy.variables = []
        return copy
    }
}
