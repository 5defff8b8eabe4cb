// A lab that uses every key, for the loader's tests; and folders that go away again.

import Foundation
import StrictYAML
import SystemPackage

@testable import LabKit

/// Runs the body with a folder of its own, which is removed afterwards.
func withTemporaryFolder<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
    let folder = FilePath(NSTemporaryDirectory()).appending("podlab-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    return try body(folder)
}

func write(_ text: String, to path: FilePath) throws {
    try FileManager.default.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path.string))
}

/// The files of a small lab without a fault. Tests change one thing and look what the loader says.
struct LabFixture {
    var id = "01-chroot"
    var yaml = LabFixture.smallLab
    var lesson = LabFixture.smallLesson
    var solution: String? = "# step: pack\nmkdir -p {{box}}\n# step: enter\n# answer: 1:2\nchroot {{box}} /bin/bash\n"
    var mutants = [
        "empty.sh": "# kills: pack/there\n# Nothing is packed.\ntrue\n",
        "outside.sh": "# kills: enter/root-is-box\nbash\n",
        "wrong.sh": "# kills: enter/identity\n# answer: 0:0\ntrue\n",
    ]
    var alternatives: [String: String] = [:]

    /// Writes the files and loads them; files are named in diagnostics without their folder.
    func load() throws -> LoadedLab {
        try withTemporaryFolder { folder in
            let lab = folder.appending(id)
            try LabKitTests.write(yaml, to: lab.appending("lab.yaml"))
            try LabKitTests.write(lesson, to: lab.appending("lesson.md"))
            if let solution { try LabKitTests.write(solution, to: lab.appending("solution.sh")) }
            for (name, text) in mutants { try LabKitTests.write(text, to: lab.appending("mutants/\(name)")) }
            for (name, text) in alternatives {
                try LabKitTests.write(text, to: lab.appending("alternatives/\(name)"))
            }
            return LabLoader.load(lab, name: "")
        }
    }

    /// What the loader says, in lines.
    func remarks() throws -> [String] { try load().diagnostics.map(\.description) }

    /// The same with a piece of lab.yaml replaced.
    func replacing(_ old: String, with new: String) -> LabFixture {
        var copy = self
        copy.yaml = yaml.replacing(old, with: new)
        return copy
    }

    static let smallLab = """
        schema: podlab.lab/v1
        id: 01-chroot
        title: A root of its own
        summary: What chroot changes, and what it does not.
        minutes: 15
        tools: [bash, ls]
        variables:
          box: {default: /home/namespace/box, prefix: /home/namespace/, words: [box, crate, pod]}
        scene:
          decoys:
            - name: kubelet
        steps:
          - id: pack
            title: Pack the box
            task: Put a bash into {{box}}.
            checks:
              - id: there
                title: the box is there
                probe: {file: {path: "{{box}}", type: directory}}
          - id: enter
            title: Enter
            task: Enter the box.
            checks:
              - id: root-is-box
                title: a shell's root is the box
                needs: [pack/there]
                probe:
                  process: {select: {root: "{{box}}", executable: /bin/bash}}
                help: Try chroot.
              - id: identity
                title: you know the box's identity
                needs: [root-is-box]
                probe:
                  answer: {equals: {fileIdentity: /}, format: "DEVICE:INODE"}
            hints:
              - First think.
              - when: {check: root-is-box, observed: root, value: /}
                text: That shell is rooted in the node.
        """

    static let smallLesson = """
        # A root of its own

        Where does a path begin?

        ## Pack the box

        ```console
        node# mkdir -p {{box}}
        ```

        ## Enter

        ```console
        node# chroot {{box}} /bin/bash
        bash-5.2# pwd
        /
        ```
        """

    /// Every key of lab.yaml and every probe once.
    static let everything = """
        schema: podlab.lab/v1
        id: 99-everything
        title: "t {{v}}"
        summary: "s {{v}}"
        minutes: 5
        tools: [bash]
        requirements: [userns, overlay]
        variables:
          v: {default: vee-a, oneOf: [vee-a, vee-b]}
          n: {default: "10.0.0", prefix: "10.0.", words: ["0", "1"]}
          port: {default: "8080", oneOf: ["8080", "80"]}
          yes: {default: "true", oneOf: ["true", "false"]}
          type: {default: fifo, oneOf: [fifo, regular]}
          w: {default: x1, prefix: x, words: ["1", "2"]}
        scene:
          decoys: [{name: kubelet, arguments: ["--x={{v}}"]}]
          watch: [signals]
          calls: [keys, bpf]
          files: [{path: "/f/{{v}}", text: "text {{v}}", mode: "0600"}]
          directories: ["/d/{{v}}"]
          box: {path: "/b/{{v}}", programs: ["/p/{{v}}"]}
          hosts: [{name: "h{{v}}", address: "{{n}}.1/8", link: "{{v}}", nodeAddress: "{{n}}.1/8"}]
        steps:
          - id: one
            title: One {{v}}
            task: do {{v}}
            broken:
              - probe: {decoy: {name: kubelet, alive: false}}
                message: gone {{v}}
            hints:
              - plain {{v}}
              - {when: {check: a, status: fail}, text: "failed {{v}}"}
              - {when: {check: one/a, observed: key, value: "{{v}}"}, text: saw}
            checks:
              - id: a
                title: file {{v}}
                kind: level
                points: 2
                help: "help {{v}}"
                observations: [{observed: key, value: "{{v}}", help: "because {{v}}"}]
                probe:
                  file:
                    path: "/{{v}}"
                    in: "/{{v}}"
                    exists: true
                    type: "{{type}}"
                    executable: "{{yes}}"
                    contains: "{{v}}"
                    sameFileAs: "/{{v}}"
                    notSameFileAs: "/{{v}}"
                    sameContentAs: "/{{v}}"
                    elsewhere: true
              - {id: b, title: elf, needs: [a], probe: {elfClosure: {root: "/{{v}}", programs: ["/{{v}}"]}}}
              - id: c
                title: process
                needs: [one/b]
                probe:
                  process:
                    select:
                      root: "/{{v}}"
                      notRoot: "/{{v}}"
                      executable: "/{{v}}"
                      name: "{{v}}"
                      innerNumber: 1
                      namespaces: {pid: different-from-node, net: same-as-node}
                      apart: {kinds: [mnt], with: {name: "{{v}}"}}
                      ancestorOf: {name: "{{v}}", descendantOf: {name: "{{v}}"}}
                    count: {atLeast: 1, atMost: 2}
              - id: d
                title: namespace
                probe:
                  namespace:
                    {kinds: [pid, mnt], of: {name: "{{v}}"}, comparedTo: [node, {name: "{{v}}"}], expect: same}
              - id: e
                title: mount
                probe:
                  mount:
                    at: "/{{v}}"
                    in: {root: "/{{v}}"}
                    exists: true
                    type: proc
                    root: "/{{v}}"
                    source: "{{v}}"
                    options: ["o={{v}}"]
                    readOnly: true
                    propagation: private
                    bind: true
                    peerOf: {name: "{{v}}"}
                    slaveOf: {name: "{{v}}"}
                    seenFrom: {name: "{{v}}"}
                    hiddenFrom: {name: "{{v}}"}
              - {id: f, title: answer, probe: {answer: {equals: {text: "{{v}}"}, format: "like {{v}}"}}}
              - id: g
                title: signal
                kind: edge
                probe: {signal: {target: kubelet, signals: [TERM, KILL], senderRoot: "/{{v}}", ended: true}}
              - {id: h, title: decoy, probe: {decoy: {name: kubelet, alive: true}}}
              - id: i
                title: experiment
                probe:
                  experiment:
                    inside: {root: "/{{v}}"}
                    cgroup: {controller: memory, path: "/{{v}}", counts: memoryKills}
                    run: ["{{v}}"]
                    expect: {signal: KILL, stdout: {equals: "{{v}}"}}
                    control: {inside: node, run: ["{{v}}"], expect: {status: 0}}
                    timeout: 3
              - id: cg
                title: cgroup
                probe:
                  cgroup:
                    controller: io
                    path: "/{{v}}"
                    limits: {memory: "{{v}}", swap: "{{v}}", tasks: "{{v}}", cpu: "{{v}}", request: "{{v}}"}
                    counters: {memoryKills: 1, refusedForks: 2, throttledPeriods: 3}
                    member: {root: "/{{v}}"}
                    foreground: true
                    empty: false
              - id: w1
                title: writable
                probe:
                  writable: {path: "/{{v}}", in: {root: "/{{v}}"}, expect: EROFS, control: {elsewhere: true, expect: "yes"}}
              - id: w2
                title: writable with another place as control
                probe:
                  writable: {path: "/{{v}}", expect: "yes", control: {path: "/{{v}}", in: {root: "/{{v}}"}, expect: EPERM}}
              - id: j
                title: command
                probe:
                  command:
                    run: [cat, "{{v}}"]
                    in: node
                    expect: {status: 0, stdout: {contains: "{{v}}", matches: "^{{v}}$"}, stderr: {equals: "{{v}}"}}
                    timeout: 3
              - {id: o, title: proc, probe: {procView: {of: {name: "{{v}}"}, at: "/{{v}}"}}}
              - {id: p, title: host name, probe: {hostname: {in: {name: "{{v}}"}, equals: "{{v}}"}}}
              - id: q
                title: end
                kind: edge
                probe: {namespaceEnd: {of: {name: "{{v}}"}, others: {atLeast: 2}}}
              - {id: k, title: number, probe: {answer: {equals: {processNumber: {root: "/{{v}}"}}}}}
              - {id: l, title: exactly, probe: {process: {select: {name: "{{w}}"}, count: {exactly: 0}}}}
              - {id: n, title: paths, probe: {file: {paths: ["/{{v}}", "/b"], in: /c}}}
              - id: l1
                title: link
                probe:
                  link:
                    in: {netns: "{{v}}"}
                    name: "{{v}}"
                    exists: true
                    kind: "{{v}}"
                    up: true
                    peer: {in: {name: "{{v}}"}, name: "{{v}}"}
                    master: "{{v}}"
                    alone: false
              - {id: l2, title: address, probe: {address: {in: node, link: "{{v}}", address: "{{n}}.1/24"}}}
              - {id: l3, title: route, probe: {route: {in: {netns: "{{v}}"}, to: "{{n}}.0/24", via: "{{n}}.1", link: "{{v}}"}}}
              - {id: l4, title: nat, probe: {nat: {in: {root: "/{{v}}"}, source: "{{n}}.0/24", link: "{{v}}"}}}
              - id: l5
                title: reach
                probe:
                  reach:
                    from: {netns: "{{v}}"}
                    to: {host: "h{{v}}"}
                    address: "{{n}}.1"
                    transport: tcp
                    seenAs: "{{n}}.1"
                    counted: [{in: node, name: "{{v}}"}, {name: lo}]
                    patience: 100
              - id: n1
                title: listener
                probe:
                  listener:
                    in: {netns: "{{v}}"}
                    transport: udp
                    port: 80
                    address: "{{n}}.1"
                    exists: true
                    owner: {name: "{{v}}", sharing: {kinds: [net, pid], with: {name: "{{v}}"}}}
              - id: page
                title: page
                probe:
                  page:
                    in: {netns: "{{v}}"}
                    address: "{{n}}.1"
                    port: "{{port}}"
                    path: "/{{v}}"
                    contains: "{{v}}"
                    equals: "{{v}}"
                    hiddenFrom: {name: "{{v}}", program: pause}
              - id: n2
                title: ipcObject
                probe:
                  ipcObject:
                    kind: sharedMemory
                    in: {name: "{{v}}"}
                    size: 4096
                    exists: true
                    seenFrom: {name: "{{v}}"}
                    hiddenFrom: {name: "{{v}}"}
              - {id: n3, title: zombies, probe: {zombies: {of: {name: "{{v}}"}, count: {exactly: 0}, orphans: 2}}}
              - id: n4
                title: restart
                kind: edge
                probe:
                  restart:
                    of: {name: "{{v}}"}
                    beside: {name: "{{v}}"}
                    kinds: [net]
                    address: "{{n}}.1/24"
                    keeps: "/{{v}}"
                    wait: 100
              - id: n5
                title: noRestart
                kind: edge
                probe: {noRestart: {of: {name: "{{v}}"}, beside: {name: "{{v}}"}, kinds: [net], for: 100}}
              - {id: m, title: identity, probe: {answer: {equals: {fileIdentity: "/{{v}}"}}}}
        """
}
