// pause: the process that holds a pod's namespaces open, and the parent of orphans where the pod shares its pid namespace.
//
//   pause       waits for signals; reaps every child that ends; exits 0 on INT and TERM
//   pause -v    prints its version
//
// It does what Kubernetes' pause does, in Embedded Swift without a C library and without the Swift runtime. The signals are
// blocked and taken one by one, so that none can come between a look and a wait: there is no handler, no polling, and while
// nothing happens no processor time. See signal(7), sigwaitinfo(2), wait(2), pid_namespaces(7).

import CBare

// Computed, not stored: a program without variables needs no page to write to but its stack.
private var version: StaticString { "pause 0.1.0\n" }
private var notFirst: StaticString {
    "pause: warning: this is not PID 1 of a pid namespace, so no orphans come here\n"
}

/// A set of signals as the kernel has it: signal N is bit N - 1.
private typealias SignalSet = UInt64

private func set(of signal: Int) -> SignalSet { 1 &<< SignalSet(truncatingIfNeeded: signal &- 1) }

/// From asm/signal.h: SIGINT, SIGTERM, SIGCHLD, SIG_BLOCK.
private var interrupt: Int { 2 }
private var terminate: Int { 15 }
private var child: Int { 17 }
private var blocking: Int { 0 }
/// From linux/wait.h: WNOHANG.
private var withoutWaiting: Int { 1 }

@discardableResult
private func call(_ number: Int32, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0) -> Int {
    bare_call(Int(truncatingIfNeeded: number), a, b, c, d, 0, 0)
}

private func write(_ text: StaticString, to stream: Int) {
    call(__NR_write, stream, Int(bitPattern: text.utf8Start), text.utf8CodeUnitCount)
}

private func exit() -> Never {
    while true { call(__NR_exit_group, 0) }
}

/// Whether the second argument is `-v`.
private func asksForVersion(_ stack: UnsafePointer<UInt>) -> Bool {
    guard stack[0] > 1, let argument = UnsafePointer<UInt8>(bitPattern: stack[2]) else { return false }
    return argument[0] == UInt8(ascii: "-") && argument[1] == UInt8(ascii: "v") && argument[2] == 0
}

@_cdecl("bare_main")
public func begin(_ stack: UnsafePointer<UInt>) -> Never {
    if asksForVersion(stack) {
        write(version, to: 1)
        exit()
    }
    var signals = set(of: interrupt) | set(of: terminate) | set(of: child)
    let size = MemoryLayout<SignalSet>.size
    withUnsafeMutablePointer(to: &signals) { signals in
        let address = Int(bitPattern: signals)
        call(__NR_rt_sigprocmask, blocking, address, 0, size)
        if call(__NR_getpid) != 1 { write(notFirst, to: 2) }
        while true {
            // One SIGCHLD can stand for many children, and some may have ended before the signal was blocked.
            while call(__NR_wait4, -1, 0, withoutWaiting) > 0 {}
            let signal = call(__NR_rt_sigtimedwait, address, 0, 0, size)
            if signal == interrupt || signal == terminate { return }
        }
    }
    exit()
}
