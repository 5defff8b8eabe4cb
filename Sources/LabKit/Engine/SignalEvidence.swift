// A signal that the witness saw, as evidence of a check.

import Playgrounds

extension SignalRecord {
    var evidence: Evidence {
        Evidence(
            source: "seccomp notification, kill(\(targetNumber), SIG\(signalName))",
            value: "\(senderDescription), \(senderRoot.map { "\($0)" } ?? "root unknown")")
    }
}
