// page: what is told of servers, the hostile ones included.

import Foundation
import Glibc
import KernelState
import Linux
import Netlink
import Playgrounds
import SystemPackage
import TestSupport
import Testing

@testable import LabKit

/// A server that answers every connection with the same bytes, in the network namespace of a process.
private final class Server: @unchecked Sendable {
    enum Then { case close, stay, repeatForEver }

    let port: Int
    private let descriptor: Int32

    init(in process: ProcessID, _ text: String, then: Then = .close) throws {
        guard let namespace = try NetworkNamespace.of(process) else { throw Errno.noSuchProcess }
        descriptor = try namespace.socket(domain: AF_INET, type: Int32(SOCK_STREAM.rawValue), protocol: 0).released()
        let any = Endpoint(.v4(0, 0, 0, 0), port: 0)
        let raw = descriptor
        try #require(any.withSocketAddress { Glibc.bind(raw, $0, $1) } == 0 && listen(raw, 8) == 0)
        port = Int(try #require(Endpoint { getsockname(raw, $0, $1) == 0 }).port)
        Thread.detachNewThread {
            while true {
                let connection = accept(raw, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { Self.serve(connection, Array(text.utf8), then) }
            }
        }
    }

    private static func serve(_ connection: Int32, _ bytes: [UInt8], _ then: Then) {
        defer { close(connection) }
        var request = [UInt8](repeating: 0, count: 1024)
        _ = recv(connection, &request, request.count, 0)
        repeat {
            guard send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
        } while then == .repeatForEver
        // Until the other side has had enough.
        if then == .stay { _ = recv(connection, &request, request.count, 0) }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}

@Suite("pages", .needsNetworks)
struct PageTests {
    private static let page = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nshop\n"

    private func words(_ outcome: ProbeOutcome) -> String {
        outcome.observed.isEmpty
            ? outcome.status.rawValue
            : "\(outcome.status.rawValue) \(outcome.observed.keys.sorted().joined(separator: " "))"
    }

    private func probe(
        _ port: Int, in network: NetworkPlace = .node, equals: String? = nil, contains: String? = "shop",
        hiddenFrom: NetworkPlace? = nil
    ) -> any Probe {
        PageProbe(
            network: network, address: "127.0.0.1", port: port, path: "/index.html", contains: contains,
            equals: equals, hiddenFrom: hiddenFrom)
    }

    @Test("a page is asked for from the network namespace that is named, and its text is compared")
    func page() throws {
        let box = try NetworkSandbox()
        try box.addPod("web")
        let server = try Server(in: box.node.initProcess.pid, Self.page)
        #expect(words(box.evaluate(probe(server.port))) == "pass")
        #expect(words(box.evaluate(probe(server.port, equals: "shop", contains: nil))) == "pass")
        #expect(words(box.evaluate(probe(server.port, equals: "sho", contains: nil))) == "fail page")
        #expect(words(box.evaluate(probe(server.port, contains: "mail"))) == "fail page")
        #expect(words(box.evaluate(probe(server.port, in: .named("web")))) == "fail unreachable")
        #expect(words(box.evaluate(probe(server.port, in: .named("nowhere")))) == "fail absent")
        #expect(words(box.evaluate(probe(server.port, hiddenFrom: .named("web")))) == "pass")
        #expect(words(box.evaluate(probe(server.port, hiddenFrom: .node))) == "fail seen")
        let outcome = box.evaluate(probe(server.port, hiddenFrom: .named("web")))
        #expect(outcome.evidence.count == 2 && outcome.evidence[0].value.contains("shop"), "\(outcome)")
    }

    @Test("what is no page is told apart, and nothing of it moves a terminal")
    func noPage() throws {
        let box = try NetworkSandbox()
        func outcome(_ answer: String, then: Server.Then = .close) throws -> ProbeOutcome {
            let server = try Server(in: box.node.initProcess.pid, answer, then: then)
            return box.evaluate(probe(server.port))
        }
        #expect(try words(outcome("HTTP/1.1 404 Not Found\r\n\r\nshop")) == "fail status")
        #expect(try words(outcome("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nshop")) == "fail unanswered")
        #expect(try words(outcome("")) == "fail foreign")
        #expect(try words(outcome("shop\n\nshop")) == "fail foreign")
        // A server may keep the connection when it says how long the page is.
        #expect(try words(outcome("HTTP/1.1 200 OK\nContent-Length: 4\n\nshop", then: .stay)) == "pass")
        for answer in [
            "HTTP/1.0 200 OK\r\n\r\n\u{1b}[2Jmail", "\u{1b}[2J\r\n\r\n", "HTTP/1.0 200 \u{9b}2J\r\n\r\n\u{9b}2J",
        ] {
            let shown = "\(try outcome(answer))"
            #expect(!shown.contains("\u{1b}") && !shown.contains("\u{9b}"), "\(shown.debugDescription)")
        }
    }

    @Test("an answer has an end in bytes and in time")
    func bounds() throws {
        let box = try NetworkSandbox()
        guard let namespace = try NetworkNamespace.of(box.node.initProcess.pid) else { throw Errno.noSuchProcess }
        func answer(_ text: String, then: Server.Then) throws -> (PageAnswer, Duration) {
            let server = try Server(in: box.node.initProcess.pid, text, then: then)
            let request = PageRequest(
                address: .v4(127, 0, 0, 1), port: server.port, path: "/", patience: .milliseconds(400))
            let start = ContinuousClock.now
            return (try request.run(from: namespace), start.duration(to: .now))
        }
        let (silent, silence) = try answer(String(Self.page.prefix(20)), then: .stay)
        #expect(silent == .unfinished(bytes: 21, nil))
        #expect(silence > .milliseconds(300) && silence < Deadline.duration)
        let (endless, _) = try answer(Self.page, then: .repeatForEver)
        guard case .page(200, let body, isCut: true) = endless else {
            Issue.record("\(endless)")
            return
        }
        #expect(body.utf8.count < PageRequest.limit)
        let (headless, _) = try answer("HTTP/1.0 200 OK\r\nX: y", then: .repeatForEver)
        guard case .foreign = headless else {
            Issue.record("\(headless)")
            return
        }
    }

    @Test("the words of an answer are read as RFC 1945 has them, whatever the bytes are")
    func reading() {
        func answer(_ text: String, isWhole: Bool = true) -> PageAnswer? {
            PageRequest.answer(Array(text.utf8), isWhole: isWhole)
        }
        #expect(answer("HTTP/1.0 200 OK\r\n", isWhole: false) == nil)
        #expect(answer("HTTP/1.0 200 OK\r\n\r\npage", isWhole: false) == nil)
        #expect(answer("HTTP/1.0 200 OK\r\n\r\npage") == .page(status: 200, body: "page", isCut: false))
        #expect(
            answer("HTTP/1.1 301 Moved\ncontent-length:2\n\npage", isWhole: false)
                == .page(status: 301, body: "pa", isCut: false))
        #expect(
            answer("HTTP/1.1 200 OK\nContent-Length: -5\n\npage") == .page(status: 200, body: "page", isCut: false))
        for text in ["", "\n\n", "HTTP/1.1\n\n", "HTTP/1.1 99999999999999999999 x\n\n", "HTTP/2 200 OK\n\n"] {
            if case .foreign = answer(text) { continue }
            Issue.record("\(text.debugDescription): \(String(describing: answer(text)))")
        }
    }
}
