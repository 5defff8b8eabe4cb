// Id maps that the system grants on paper and that could not be written: which, and why.

import Synchronization

/// What `.automatic` has tried in this process and does not try again. Whether newuidmap(1) has its rights here (`no_new_privs`, a file
/// system that is mounted nosuid, a container) is known only when it has been tried.
package enum RefusedIDMaps {
    private struct Refusal {
        let map: IDMap
        let error: IsolationError
        var isTold = false
    }

    private static let refusals = Mutex<[Refusal]>([])

    static func contains(_ map: IDMap) -> Bool { refusals.withLock { $0.contains { $0.map == map } } }

    static func note(_ map: IDMap, because error: IsolationError) {
        refusals.withLock { refusals in
            if !refusals.contains(where: { $0.map == map }) { refusals.append(Refusal(map: map, error: error)) }
        }
    }

    /// Why playgrounds have a lesser map than the system grants; nil: nothing was refused.
    package static var reason: (meaning: String, hint: String?)? {
        refusals.withLock { refusals in refusals.first.map { ($0.error.meaning, $0.error.hint) } }
    }

    /// What has not been said yet, a paragraph each, for whoever started something with a lesser map.
    package static func take() -> [String] {
        refusals.withLock { refusals in
            defer { for index in refusals.indices { refusals[index].isTold = true } }
            return refusals.filter { !$0.isTold }.map { refusal in
                "the ids that are granted to you cannot be used, so root is the only user inside: \(refusal.error.meaning)"
                    + (refusal.error.hint.map { "\n  " + $0 } ?? "")
            }
        }
    }
}
