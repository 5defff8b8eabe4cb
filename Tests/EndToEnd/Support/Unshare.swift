// Surroundings of a test's own: user and mount namespaces made by unshare(1).

import Testing

enum Unshare {
    static let works: Bool = {
        guard let home = try? Home() else { return false }
        let tried = try? run(
            ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "t", home.path],
            environment: home.environment)
        return tried?.code == 0
    }()
}

extension Trait where Self == ConditionTrait {
    static var needsUnshare: Self {
        .enabled(if: Unshare.works, "unshare(1) cannot make a user and a mount namespace here")
    }
}
