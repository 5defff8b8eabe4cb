// Every lab's solution in Swift, by lab. A new lab adds its import and its line here.

import Lab01
import Lab02
import Lab03
import Lab04
import Lab05
import Lab06
import Lab15
import LabKit

package enum Solutions {
    private static let all: [any LabSolution.Type] = [
        Lab01Chroot.self,
        Lab02BindMounts.self,
        Lab03Unshare.self,
        Lab04Network.self,
        Lab05CgroupMemory.self,
        Lab06Pause.self,
        Lab15Restart.self,
    ]

    package static func solution(of lab: String) -> (any LabSolution.Type)? {
        all.first { $0.lab == lab }
    }
}
