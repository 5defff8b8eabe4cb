// What a selector is called in reports.

import Playgrounds
import Testing

@testable import LabKit

@Suite struct SelectorWordsTests {
    @Test("kinds of namespaces are one list, and conditions are told apart by commas")
    func lists() {
        let own = Selector(
            root: "/box", executable: "/bin/bash", innerNumber: 1,
            namespaces: [
                .pid: .differentFromNode, .mnt: .differentFromNode, .uts: .differentFromNode, .net: .sameAsNode,
            ])
        #expect(
            own.description
                == "process running /bin/bash with root /box, with number 1 inside, in mount, pid and uts namespaces of its own, in the node's network namespace"
        )
        #expect(
            Selector(name: "sleep", namespaces: [.ipc: .differentFromNode]).description
                == "process named sleep, in an ipc namespace of its own")
        #expect(
            Selector(namespaces: [.net: .differentFromNode]).description == "process in a network namespace of its own")
    }

    @Test("one selector inside another is a clause of its own")
    func nested() {
        let pause = Selector(program: .pause)
        let joined = Selector(name: "httpd", sharing: .init([.net, .ipc], with: pause), descendantOf: pause)
        #expect(
            joined.description
                == "process named httpd, in the network and ipc namespaces of a process running the course's pause, below a process running the course's pause"
        )
    }
}
