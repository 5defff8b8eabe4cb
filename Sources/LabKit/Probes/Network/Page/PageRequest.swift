// Asks a web server for a page and reads what it answers, which is whatever the server's owner likes: bounded in bytes and in time.

import Glibc
import Netlink
import SystemPackage
import Text

/// What became of one request.
enum PageAnswer: Equatable {
    /// No connection came about.
    case unreachable(Errno)
    /// A connection, and not the whole of an answer by the deadline, or a connection that broke.
    case unfinished(bytes: Int, Errno?)
    /// An answer that does not begin as HTTP does.
    case foreign(String)
    /// `isCut`: there was more of it.
    case page(status: Int, body: String, isCut: Bool)
}

struct PageRequest {
    let address: IPAddress
    let port: Int
    let path: String
    var patience = Duration.seconds(5)

    /// Bytes of an answer, its head included, that are read.
    static let limit = 64 << 10

    /// - Parameter namespace: where the socket is made. podlab does not enter it.
    func run(from namespace: borrowing NetworkNamespace) throws(NetlinkError) -> PageAnswer {
        let deadline = ContinuousClock.now + patience
        let endpoint = Endpoint(address, port: UInt16(port))
        let socket = try PacketSocket(address.family, type: SOCK_STREAM, in: namespace)
        if let error = socket.connect(to: endpoint) { return .unreachable(error) }
        guard socket.wait(until: deadline, toWrite: true) else { return .unreachable(.timedOut) }
        if let error = socket.takeError() { return .unreachable(error) }
        let request = "GET \(path) HTTP/1.0\r\nHost: \(endpoint)\r\nUser-Agent: podlab\r\n\r\n"
        if let error = socket.send(Array(request.utf8)) { return .unfinished(bytes: 0, error) }
        var bytes: [UInt8] = []
        do throws(Errno) {
            // Who sends a byte at a time is given up at the deadline as well.
            while bytes.count < Self.limit, ContinuousClock.now < deadline, socket.wait(until: deadline) {
                guard let part = try socket.receive() else { continue }
                if part.bytes.isEmpty { return Self.answer(bytes, isWhole: true) ?? .foreign("") }
                bytes += part.bytes
                if let answer = Self.answer(bytes, isWhole: false) { return answer }
            }
        } catch {
            return .unfinished(bytes: bytes.count, error)
        }
        guard bytes.count >= Self.limit else { return .unfinished(bytes: bytes.count, nil) }
        return Self.answer(Array(bytes.prefix(Self.limit)), isWhole: true, isCut: true) ?? .foreign("")
    }

    /// What has come, as an answer; nil when more is to come.
    /// - Parameter isWhole: nothing more comes.
    static func answer(_ bytes: [UInt8], isWhole: Bool, isCut: Bool = false) -> PageAnswer? {
        guard let head = head(of: bytes) else {
            return isWhole ? .foreign(String(decoding: bytes.prefix(300), as: UTF8.self)) : nil
        }
        let lines = head.text.split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].count == 3, let status = Int(words[1]) else {
            return .foreign(String(decoding: bytes.prefix(300), as: UTF8.self))
        }
        var body = bytes[head.end...]
        // A server that keeps the connection says how long the page is.
        let length = lines.dropFirst().lazy.compactMap { line -> Int? in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-length" else {
                return nil
            }
            return Int(line[line.index(after: colon)...].trimmed)
        }.first
        if let length, length >= 0, body.count >= length {
            body = body.prefix(length)
        } else if !isWhole {
            return nil
        } else if !isCut, let length, body.count < length {
            return .unfinished(bytes: bytes.count, nil)
        }
        return .page(status: status, body: String(decoding: body, as: UTF8.self), isCut: isCut)
    }

    /// The status line and the fields, and where the page begins; nil: the empty line has not come.
    private static func head(of bytes: [UInt8]) -> (text: String, end: Int)? {
        let newline = UInt8(ascii: "\n")
        let feed = UInt8(ascii: "\r")
        for place in bytes.indices where bytes[place] == newline {
            var next = place + 1
            if next < bytes.count, bytes[next] == feed { next += 1 }
            if next < bytes.count, bytes[next] == newline {
                return (String(decoding: bytes[..<place], as: UTF8.self), next + 1)
            }
        }
        return nil
    }
}
