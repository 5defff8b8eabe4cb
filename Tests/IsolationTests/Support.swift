// What the tests share: what this machine allows, scratch folders, and looking at a process from outside.

import CIsolation
import Glibc
import Isolation
import TestSupport
import Testing

let isRoot = geteuid() == 0

/// Asked once: may this user make the namespaces of a sandbox at all?
let canSandbox: Bool = {
    let plan: Plan = [
        .unshare([.user, .mount, .pid]), .mapIDs(.automatic), .setCredentials(), .mount(.proc, on: "/proc"),
        .execute("true", arguments: ["true"]),
    ]
    return (try? plan.run(StartOptions(streams: .null))) == .exited(0)
}()
let noSandbox: Comment = "this machine allows no user namespace with a proc of its own"

/// The head of every plan that needs privileges of its own.
let sandboxed: [Step] = [
    .unshare(.sandbox), .mapIDs(.automatic), .setPropagation(.private), .setCredentials(),
]

func sh(_ script: String) -> Step { .execute("sh", arguments: ["sh", "-c", script]) }

/// A shell in namespaces of others, who get to see its environment.
func guest(_ script: String) -> Step {
    .execute("sh", arguments: ["sh", "-c", script], environment: guestEnvironment)
}

let guestEnvironment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

func currentEnvironment() -> [String] {
    var result: [String] = []
    var entry = iso_environment()
    while let text = entry?.pointee {
        result.append(String(cString: text))
        entry = entry?.advanced(by: 1)
    }
    return result
}

/// The whole text of a file.
func text(_ path: String) -> String {
    let fd = iso_openat(AT_FDCWD, path, O_RDONLY, 0)
    guard fd >= 0 else { return "" }
    defer { close(fd) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let length = read(fd, &chunk, chunk.count)
        guard length > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes.append(contentsOf: chunk[..<length])
    }
}

func link(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let length = readlink(path, &bytes, bytes.count)
    return length < 0 ? "" : String(decoding: bytes[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A field of `/proc/PID/status`.
func status(_ pid: Int32, _ field: String) -> String {
    let line = text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return line.map { String($0.dropFirst(field.count + 1).drop { $0 == "\t" || $0 == " " }) } ?? ""
}

/// Mount point → (options, optional fields, type, super options), as mountinfo of that process says; the topmost wins.
struct Mounted: Equatable {
    var options: Set<String>
    var propagation: String
    var type: String
    var root: String
    var superOptions: Set<String>
}

func mounts(of pid: Int32) -> [String: Mounted] { mounts(in: text("/proc/\(pid)/mountinfo")) }

func mounts(in mountinfo: String) -> [String: Mounted] {
    var result: [String: Mounted] = [:]
    for line in mountinfo.split(separator: "\n") {
        let fields = line.split(separator: " ").map(String.init)
        guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3 else { continue }
        result[fields[4]] = Mounted(
            options: Set(fields[5].split(separator: ",").map(String.init)),
            propagation: fields[6..<dash].joined(separator: " "), type: fields[dash + 1], root: fields[3],
            superOptions: Set(fields[dash + 3].split(separator: ",").map(String.init)))
    }
    return result
}

/// A folder that exists for the length of a test and that the mapped users can reach.
func withScratch<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = try makeScratchFolder(mode: 0o777)
    defer { _ = try? Plan([.execute("rm", arguments: ["rm", "-rf", path])]).run() }
    return try body(path)
}

/// Starts a plan whose program stops at reading its input, so that it can be looked at; then lets it end.
func withRunning<Result>(
    _ steps: [Step], program: Step = .execute("cat", arguments: ["cat"], environment: guestEnvironment),
    _ body: (Child) throws -> Result
) throws -> Result {
    var ends: [Int32] = [-1, -1]
    _ = iso_pipe(&ends)
    defer { for end in ends where end >= 0 { close(end) } }
    let plan = Plan(steps + [program])
    let streams = StandardStreams(input: .descriptor(ends[0]), output: .null, error: .null)
    let child = try plan.start(StartOptions(streams: streams))
    defer { child.close() }
    return try body(child)
}

/// How many descriptors this process has open, but for those that the threads of Dispatch open for themselves when they feel like it.
func openDescriptors() -> Int {
    (0..<1024).count { number in
        let kind = link("/proc/self/fd/\(number)")
        return fcntl(Int32(number), F_GETFD) >= 0
            && !["[eventfd]", "[eventpoll]", "[timerfd]"].contains { kind.hasSuffix($0) }
    }
}
