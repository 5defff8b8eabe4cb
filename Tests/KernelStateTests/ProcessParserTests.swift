// Parsers of /proc/PID/stat, status, cgroup, syscall: hostile names, cut lines, any bytes.

import TestSupport
import Testing

@testable import KernelState

@Suite struct ProcessParserTests {
    static let tail = " S 41 40 39 34816 -1 4194560 0 0 0 0 0 0 0 0 20 0 3 0 777 0 0 18446744073709551615 0"

    @Test(
        "a command name may hold parentheses, spaces, newlines and what looks like fields",
        arguments: [
            "bash", ") R 1", "a) Z 1 2 3", "(", ")", "x\ny", " ", "", "R (S) T", "\u{1b}[31m", ") S 0 0 0 0 -1 (",
        ])
    func hostileNames(name: String) throws {
        let stat = try #require(ProcessStat(parsing: Array("42 (\(name))\(Self.tail)\n".utf8)))
        #expect(stat.pid == 42)
        #expect(stat.comm == name)
        #expect(stat.state == "S")
        #expect(stat.parent == 41)
        #expect(stat.processGroup == 40)
        #expect(stat.session == 39)
        #expect(stat.terminal == DeviceNumber(major: 136, minor: 0))
        #expect(stat.foregroundGroup == nil)
        #expect(stat.threads == 3)
        #expect(stat.startTime == 777)
    }

    @Test(
        "a line that is cut or is none is no process",
        arguments: ["", "42", "42 (x", "42 x) S 1", "42 (x) S 1 2", ") (", "x (y)" + tail, "42 (x) SS 1" + tail])
    func cutLines(line: String) {
        #expect(ProcessStat(parsing: Array(line.utf8)) == nil)
    }

    @Test("a terminal number above 255 is put together from its two parts")
    func terminalNumber() {
        #expect(DeviceNumber(terminalNumber: 34816 + 5) == DeviceNumber(major: 136, minor: 5))
        #expect(DeviceNumber(terminalNumber: 0x0010_8803) == DeviceNumber(major: 136, minor: 259))
        #expect(DeviceNumber(terminalNumber: -1).major == 0xfff)
    }

    static let status = """
        Name:\tx\\nUid:\\t0
        Uid:\t1000\t1001\t1002\t1003
        Gid:\t5\t6\t7\t8
        Uid:\t0\t0\t0\t0
        Groups:\t4 24 27\u{20}
        NSpid:\t4001\t17\t1
        NSpgid:\t4001\t17\t1
        NSsid:\t4001\t17\t1
        Threads:\t2
        SigPnd:\t0000000000000000
        ShdPnd:\t0000000000000100
        SigBlk:\t0000000000010000
        SigIgn:\t0000000000000004
        SigCgt:\t0000000000000002
        CapInh:\t0000000000000000
        CapPrm:\t000001ffffffffff
        CapEff:\t0000000000000400
        CapBnd:\tffffffffffffffff
        CapAmb:\t0000000000000000
        NoNewPrivs:\t1
        Seccomp:\t2

        """

    @Test("status gives ids, numbers in each pid namespace, signals and 64-bit capabilities")
    func statusFields() throws {
        let status = try #require(ProcessStatus(parsing: Array(Self.status.utf8)))
        #expect(status.userIDs == IDSet(real: 1000, effective: 1001, saved: 1002, fileSystem: 1003))
        #expect(status.groupIDs.effective == 6)
        #expect(status.supplementaryGroups == [4, 24, 27])
        #expect(status.numbers == [4001, 17, 1])
        #expect(status.signals?.sharedPending.contains(signal: 9) == true)
        #expect(status.signals?.ignored.contains(signal: 3) == true)
        #expect(status.capabilities?.effective.contains(number: 10) == true)
        #expect(status.capabilities?.bounding.contains(number: 63) == true)
        #expect(status.capabilities?.permitted.contains(number: 41) == false)
        #expect(status.noNewPrivileges == true)
        #expect(status.seccomp == .filter)
    }

    @Test("what an old kernel does not print is unknown, not an error")
    func oldKernel() throws {
        let status = try #require(ProcessStatus(parsing: Array("Uid:\t0 0 0 0\nGid:\t0 0 0 0".utf8)))
        #expect(status.numbers.isEmpty)
        #expect(status.capabilities == nil)
        #expect(status.seccomp == nil)
    }

    @Test("cgroup lines of v1, of v2 and with a colon in the path")
    func cgroups() {
        let lines = CgroupMembership.parse(Array("9:cpu,cpuacct:/a\n1:name=systemd:/b:c\n0::/d\nrubbish\n".utf8))
        #expect(lines.map(\.hierarchy) == [9, 1, 0])
        #expect(lines.map(\.path) == ["/a", "/b:c", "/d"])
        #expect(lines[0].controllers == ["cpu", "cpuacct"])
        #expect(lines[2].controllers.isEmpty)
    }

    @Test("a system call line is running, blocked elsewhere, or a call with six arguments")
    func systemCall() {
        let call = "0 0x3 0x7f90f7893000 0x20000 0x7f 0xffffffffffffffff 0x0 0x7ffd68503978 0x7f90f7a0f2ad\n"
        #expect(SystemCallState(parsing: Array("running\n".utf8)) == .running)
        #expect(SystemCallState(parsing: Array("-1 0x7ffd 0x7f90\n".utf8)) == .blocked)
        #expect(
            SystemCallState(parsing: Array(call.utf8))
                == .inCall(number: 0, arguments: [3, 0x7f90_f789_3000, 0x20000, 0x7f, .max, 0]))
        for bad in [
            "", "\n", "0", "0 0x1 0x2", "x 1 2 3 4 5 6", "0 1 2 3 4 5 6", "0 0x1 0x2 0x3 0x4 0x5 0x1ffffffffffffffff",
        ] {
            #expect(SystemCallState(parsing: Array(bad.utf8)) == nil, "\(bad)")
        }
    }

    @Test("no bytes whatever stop the parsers")
    func fuzz() {
        var generator = SeededGenerator(seed: 1)
        let seeds = [
            "42 (x) R 1\(Self.tail)\n", Self.status, "9:cpu,cpuacct:/a\n0::/d\n",
            "0 0x3 0x7f90f7893000 0x20000 0x7f 0xffffffff 0x0 0x7ffd68503978 0x7f90f7a0f2ad\n",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            let bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)].damaged(by: &generator)
            _ = ProcessStat(parsing: bytes)
            _ = ProcessStatus(parsing: bytes)
            _ = CgroupMembership.parse(bytes)
            _ = SystemCallState(parsing: bytes).map(WaitingCall.init)
        }
    }

    @Test("numbers are decimal digits only, and too large a one is none")
    func numbers() {
        func number(_ text: String) -> Int8? { Array(text.utf8)[...].number() }
        #expect(number("127") == 127)
        #expect(number("-128") == -128)
        for bad in ["128", "-129", "", "-", "+1", " 1", "1 ", "0x1", "a"] { #expect(number(bad) == nil, "\(bad)") }
        let unsigned: UInt8? = Array("-1".utf8)[...].number()
        #expect(unsigned == nil)
    }
}
