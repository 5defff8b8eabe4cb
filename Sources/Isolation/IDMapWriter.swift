// Writing the id map of a child from outside: directly where allowed, else by the two set-uid programs.

import Glibc
import SystemPackage

struct IDMapWriter {
    let plan: Plan
    let step: Int
    let pid: Int32

    func write(users: [IDRange], groups: [IDRange]) throws(IsolationError) {
        if Privilege.canMapAnyID {
            for (file, ranges) in [("uid_map", users), ("gid_map", groups)] {
                let result = writeKernelFile("/proc/\(pid)/\(file)", ranges.map(\.line).joined())
                if result < 0 {
                    throw plan.failure(at: step, Errno(negated: result), detail: "while writing \(file)")
                }
            }
            return
        }
        for (program, ranges) in [("newuidmap", users), ("newgidmap", groups)] {
            let numbers = ranges.flatMap { [$0.inside, $0.outside, $0.count].map(String.init) }
            let helper = Plan([.execute(.path(program), arguments: [program, String(pid)] + numbers)])
            let output = try helper.output(limit: 4096, patience: .seconds(10))
            if output.status != .exited(0) {
                let said = output.errorText.split(separator: "\n").first.map(String.init) ?? "\(output.status)"
                throw IsolationError(
                    plan.steps[step].summary, step: step, of: plan.steps.count, meaning: "\(program) refused: \(said)",
                    hint: "the ranges must be granted to this user in /etc/subuid and /etc/subgid")
            }
        }
    }
}
