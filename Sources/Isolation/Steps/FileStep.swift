// Files and folders.

import CIsolation
import SystemPackage

package enum FileStep: Sendable, Equatable {
    /// `parents`: as `mkdir -p`. The mode is exact, whatever the umask.
    case makeDirectory(Place, mode: UInt32, parents: Bool)
    /// An empty file, as a mount point; an existing one is left alone.
    case makeFile(Place, mode: UInt32)
    case writeFile(Place, contents: String, mode: UInt32, append: Bool)
    case makeSymbolicLink(Place, to: String)
    case setMode(Place, UInt32)
    /// Opens a regular file that is there for appending and closes it again; nothing is written. EINVAL for what is no regular
    /// file, which is not opened. (The lower layer's file of an overlay is copied up by it.)
    case openForAppending(Place)
}

extension Step {
    package static func makeDirectory(_ place: Place, mode: UInt32 = 0o755, parents: Bool = false) -> Step {
        .files(.makeDirectory(place, mode: mode, parents: parents))
    }
    package static func makeFile(_ place: Place, mode: UInt32 = 0o644) -> Step { .files(.makeFile(place, mode: mode)) }
    package static func writeFile(
        _ place: Place, contents: String, mode: UInt32 = 0o644, append: Bool = false
    ) -> Step {
        .files(.writeFile(place, contents: contents, mode: mode, append: append))
    }
    package static func makeSymbolicLink(_ place: Place, to target: String) -> Step {
        .files(.makeSymbolicLink(place, to: target))
    }
    package static func setMode(_ place: Place, _ mode: UInt32) -> Step { .files(.setMode(place, mode)) }
    package static func openForAppending(_ place: Place) -> Step { .files(.openForAppending(place)) }
}

extension FileStep: StepFamily {
    var summary: String {
        switch self {
        case .makeDirectory(let place, _, _): "make directory \(place)"
        case .makeFile(let place, _): "make file \(place)"
        case .writeFile(let place, _, _, _): "write \(place)"
        case .makeSymbolicLink(let place, let target): "link \(place) to \(target)"
        case .setMode(let place, let mode): "set the mode of \(place) to \(String(mode, radix: 8))"
        case .openForAppending(let place): "open \(place) for appending"
        }
    }

    var places: [Place] {
        switch self {
        case .makeDirectory(let place, _, _), .makeFile(let place, _), .writeFile(let place, _, _, _),
            .makeSymbolicLink(let place, _), .setMode(let place, _), .openForAppending(let place):
            [place]
        }
    }

    var texts: [String] {
        switch self {
        case .makeSymbolicLink(_, let target): [target]
        case .makeDirectory, .makeFile, .writeFile, .setMode, .openForAppending: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .makeDirectory(let place, _, _), .makeFile(let place, _), .writeFile(let place, _, _, _),
            .makeSymbolicLink(let place, _):
            place.needsPath
        case .setMode, .openForAppending: nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .makeDirectory(let place, let mode, let parents):
            lowering.add(ISO_MAKE_DIRECTORY) {
                $0.make_directory = .init(place: lowering.place(place), mode: mode, parents: parents ? 1 : 0)
            }
        case .makeFile(let place, let mode):
            lowering.add(ISO_MAKE_FILE) { $0.make_file = .init(place: lowering.place(place), mode: mode) }
        case .writeFile(let place, let contents, let mode, let append):
            lowering.add(ISO_WRITE_FILE) {
                $0.write_file = .init(
                    place: lowering.place(place), contents: lowering.bytes(contents.utf8), mode: mode,
                    append: append ? 1 : 0)
            }
        case .makeSymbolicLink(let place, let target):
            lowering.add(ISO_MAKE_LINK) {
                $0.make_link = .init(place: lowering.place(place), target: lowering.text(target))
            }
        case .setMode(let place, let mode):
            lowering.add(ISO_SET_MODE) { $0.set_mode = .init(place: lowering.place(place), mode: mode) }
        case .openForAppending(let place):
            lowering.add(ISO_OPEN_FOR_APPENDING) { $0.open_for_appending = .init(place: lowering.place(place)) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .makeDirectory(let place, let mode, let parents):
            let words = ["mkdir"] + (parents ? ["-p"] : []) + ["-m", octalWord(mode), reading.path(place)]
            return .commands([shellCommand(words)])
        case .makeFile(let place, let mode):
            let path = reading.path(place)
            return .commands([shellCommand(["touch", path]), shellCommand(["chmod", octalWord(mode), path])])
        case .writeFile(let place, let contents, _, let append):
            let print = shellCommand(["printf", "%s", contents])
            return .commands([print + (append ? " >>" : " >") + shellWord(reading.path(place))])
        case .makeSymbolicLink(let place, let target):
            return .commands([shellCommand(["ln", "-s", target, reading.path(place)])])
        case .setMode(let place, let mode):
            return .commands([shellCommand(["chmod", octalWord(mode), reading.path(place)])])
        case .openForAppending(let place):
            let output = "of=\(reading.path(place))"
            return .commands([shellCommand(["dd", "if=/dev/null", output, "oflag=append", "conv=nocreat,notrunc"])])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .makeDirectory(let place, let mode, _): return ["mkdirat(\(place.entry), \(octal(mode)))"]
        case .makeFile(let place, let mode): return ["openat(\(place.entry), O_CREAT|O_EXCL|O_WRONLY, \(octal(mode)))"]
        case .writeFile(let place, let contents, let mode, let append):
            let flags = "O_WRONLY|O_CREAT|\(append ? "O_APPEND" : "O_TRUNC")"
            let file = "openat(\(place.entry), \(flags), \(octal(mode)))"
            return ["write(\(file), \(quoted(contents)), \(contents.utf8.count))"]
        case .makeSymbolicLink(let place, let target): return ["symlinkat(\(quoted(target)), \(place.entry))"]
        case .setMode(let place, let mode): return ["fchmodat2(\(place.fd), \"\", \(octal(mode)), AT_EMPTY_PATH)"]
        case .openForAppending(let place):
            return ["close(openat(\(place.entry), O_WRONLY|O_APPEND|O_NOCTTY|O_NONBLOCK))"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .makeDirectory, .makeFile, .writeFile, .makeSymbolicLink, .setMode, .openForAppending: nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .makeDirectory, .makeFile, .writeFile, .makeSymbolicLink, .setMode, .openForAppending: break
        }
    }
}
