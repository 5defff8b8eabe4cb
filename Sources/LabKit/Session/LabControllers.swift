// Which controllers a lab needs, and whether they can be had.

import Isolation
import Playgrounds

extension Cgroups {
    /// Why a lab that needs cgroups cannot have them, or not all: kernels of late leave out some controllers of v1.
    package func problem(for lab: Lab) -> String? {
        guard case .delegated(let cgroup) = self else { return problem }
        let missing = lab.cgroupControllers.subtracting(cgroup.controllers.map(\.rawValue)).sorted()
        guard !missing.isEmpty else { return nil }
        return "no control group hierarchy that is mounted here has the controller \(missing.joined(separator: ", "))"
    }
}

extension Lab {
    /// The controllers that its checks ask, by their v2 names.
    var cgroupControllers: Set<String> { Set(checks.flatMap(\.probe.base.refers.controllers)) }
}
