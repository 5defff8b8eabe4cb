// Writing the id map of a child from outside: directly where allowed, else by the two set-uid programs.

import Glibc
import Linux
import SystemPackage

struct IDMapWriter {
    let plan: Plan
    let step: Int
    let pid: Int32

    /// - Throws: what was refused; a map that was chosen by `.automatic` is then not chosen any more.
    func write(users: [IDRange], groups: [IDRange]) throws(IsolationError) {
        let map = IDMap.ranges(users: users, groups: groups)
        if Privilege.canMapAnyID {
            for (file, ranges) in [("uid_map", users), ("gid_map", groups)] {
                let result = writeKernelFile("/proc/\(pid)/\(file)", ranges.map(\.line).joined())
                if result < 0 {
                    throw refused(map, plan.failure(at: step, Errno(negated: result), detail: "while writing \(file)"))
                }
            }
            return
        }
        for (program, ranges) in [("newuidmap", users), ("newgidmap", groups)] {
            let numbers = ranges.flatMap { [$0.inside, $0.outside, $0.count].map(String.init) }
            let helper = Plan([.execute(.path(program), arguments: [program, String(pid)] + numbers)])
            let output = try helper.output(limit: 4096, patience: .seconds(10))
            if output.status != .exited(0) {
                let line = output.errorText.split(separator: "\n").first.map(String.init) ?? "\(output.status)"
                // It begins with its own name.
                let said = line.hasPrefix(program + ": ") ? String(line.dropFirst(program.count + 2)) : line
                throw refused(
                    map,
                    IsolationError(
                        step, of: plan, meaning: "\(program) refused: \(said)",
                        hint: IDMapHint.what(after: program, ranges)))
            }
        }
    }

    private func refused(_ map: IDMap, _ error: IsolationError) -> IsolationError {
        if plan.steps[step] == .mapIDs(.automatic) { RefusedIDMaps.note(map, because: error) }
        return error
    }
}
