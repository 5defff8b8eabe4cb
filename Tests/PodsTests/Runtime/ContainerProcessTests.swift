// What is executed in a container: the manifest's words, else the image's.

import Testing

@testable import Pods

@Suite("the process of a container")
struct ContainerProcessTests {
    private let image = ContainerImage(
        id: "sha256:0", layers: ["/l"], entryPoint: ["/entry"], command: ["one", "two"],
        environment: ["PATH=/bin", "A=image", "EMPTY="], workingDirectory: "/srv")

    private func process(_ change: (inout ContainerSpec) -> Void) throws -> ContainerProcess {
        var container = ContainerSpec(name: "c", image: "i")
        change(&container)
        return try ContainerProcess(container, image: image, hostname: "pod", home: "/root")
    }

    @Test("command and args replace entry point and command by the rules of Kubernetes")
    func arguments() throws {
        #expect(try process { _ in }.arguments == ["/entry", "one", "two"])
        #expect(try process { $0.arguments = ["x"] }.arguments == ["/entry", "x"])
        #expect(try process { $0.command = ["/c"] }.arguments == ["/c"])
        #expect(
            try process {
                $0.command = ["/c"]
                $0.arguments = ["x"]
            }.arguments == ["/c", "x"])
    }

    @Test("nothing to execute is an error, and so is a relative directory")
    func refusals() {
        let bare = ContainerImage(id: "sha256:0", layers: ["/l"])
        #expect(throws: ProcessError.self) {
            try ContainerProcess(ContainerSpec(name: "c", image: "i"), image: bare, hostname: "pod", home: "/")
        }
        #expect(throws: ProcessError.self) { try process { $0.command = [""] } }
        #expect(throws: ProcessError.self) { try process { $0.workingDirectory = "srv" } }
    }

    @Test("a variable of the manifest wins over the image's, and each name is there once")
    func environment() throws {
        let environment = try process {
            $0.environment = [
                EnvironmentVariable(name: "A", value: "first"), EnvironmentVariable(name: "A", value: "last"),
            ]
        }.environment
        #expect(environment == ["PATH=/bin", "A=last", "EMPTY=", "HOSTNAME=pod", "HOME=/root"])
        #expect(try process { $0.workingDirectory = "/w" }.workingDirectory == "/w")
        #expect(try process { _ in }.workingDirectory == "/srv")
    }

    @Test("a PATH and a home are given where nobody says any")
    func defaults() throws {
        var container = ContainerSpec(name: "c", image: "i")
        container.command = ["sh"]
        let bare = try ContainerProcess(
            container, image: ContainerImage(id: "sha256:0", layers: ["/l"]), hostname: "pod", home: "/h")
        #expect(bare.environment == ["HOSTNAME=pod", "PATH=" + ContainerProcess.searchPath, "HOME=/h"])
        #expect(bare.workingDirectory == "/")
    }

    @Test(
        "references to variables are replaced",
        arguments: [
            ("$(A)", "1"), ("x$(A)y$(B)z", "x1y12z"), ("$$(A)", "$(A)"), ("$(NONE)", "$(NONE)"), ("$(A", "$(A"),
            ("cost: 5$", "cost: 5$"), ("$A", "$A"), ("$$$(A)", "$1"), ("é$(A)", "é1"), ("$()", "$()"),
        ])
    func expansion(text: String, expected: String) {
        let expansion = Expansion([
            EnvironmentVariable(name: "A", value: "1"), EnvironmentVariable(name: "B", value: "$(A)2"),
        ])
        #expect(expansion.expanding(text) == expected)
    }

    @Test("variables of the manifest are replaced in commands and values, those of the image are not")
    func expandedProcess() throws {
        let process = try process {
            $0.environment = [EnvironmentVariable(name: "N", value: "$(A)")]
            $0.command = ["echo", "$(N)", "$(HOSTNAME)"]
        }
        #expect(process.arguments == ["echo", "$(A)", "$(HOSTNAME)"])
    }
}
