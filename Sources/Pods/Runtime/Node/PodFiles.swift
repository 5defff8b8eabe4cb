// The three files of /etc that a pod's containers share.

import Netlink

enum PodFiles {
    static func hosts(_ spec: PodSpec, address: IPAddress) -> String {
        """
        # Written by podlab for the pod \(spec.name).
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        fe00::0\tip6-mcastprefix
        fe00::1\tip6-allnodes
        fe00::2\tip6-allrouters
        \(address)\t\(spec.effectiveHostname)

        """
    }

    static func hostname(_ spec: PodSpec) -> String { spec.effectiveHostname + "\n" }
}
