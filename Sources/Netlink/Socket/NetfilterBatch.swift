// A transaction of nfnetlink: all messages between begin and end are done, or none.

import Glibc
import SystemPackage

/// What the kernel refused of a batch, of which then nothing was done.
package struct BatchError: Error, Sendable, CustomStringConvertible {
    /// In the order of the answers; `index` says which message, nil the batch as a whole.
    package let errors: [NetlinkError]

    package var description: String { errors.map(\.description).joined(separator: "; ") }
}

package enum NetfilterBatch {
    static let begin: UInt16 = 0x10
    static let end: UInt16 = 0x11
    /// NFNL_BATCH_GENID
    static let generationAttribute: UInt16 = 1
    /// NFNL_SUBSYS_NFTABLES
    package static let tables: UInt8 = 10

    /// The bytes of a whole batch. Begin has `firstSequence`, each message the next, end the last. Only the last message asks
    /// for an acknowledgement: the kernel answers for every one that fails, and of a thousand successes one word is enough.
    ///
    /// - Parameter generation: the rule set that the batch was made for; ERESTART when it has changed since.
    package static func bytes(
        _ messages: [MessageWriter], subsystem: UInt8 = tables, generation: UInt32? = nil, firstSequence: UInt32
    ) throws(NetlinkError) -> [UInt8] {
        var bytes = try edge(begin, subsystem, generation).finish(
            sequence: firstSequence, addingFlags: NLM.request)
        var number = firstSequence
        for (index, message) in messages.enumerated() {
            number &+= 1
            let flags = index == messages.count - 1 ? NLM.request | NLM.ack : NLM.request
            do {
                bytes += try message.finish(sequence: number, addingFlags: flags)
            } catch {
                var failure = error
                failure.index = index
                throw failure
            }
            bytes.append(contentsOf: repeatElement(0, count: aligned(bytes.count) - bytes.count))
        }
        return bytes + (try edge(end, subsystem, nil).finish(sequence: number &+ 1, addingFlags: NLM.request))
    }

    /// struct nfgenmsg: family, version, and the subsystem where other messages have a resource id, in network order.
    private static func edge(_ type: UInt16, _ subsystem: UInt8, _ generation: UInt32?) -> MessageWriter {
        var message = MessageWriter(type: type)
        message.fixed(UInt8(0))
        message.fixed(UInt8(0))
        message.fixed(bigEndian: UInt16(subsystem))
        if let generation { message.attribute(generationAttribute, bigEndian: generation) }
        return message
    }
}

extension NetlinkSocket {
    /// Sends the messages as one transaction; throws all that the kernel refused.
    package mutating func batch(
        _ messages: [MessageWriter], operation: String, object: String, subsystem: UInt8 = NetfilterBatch.tables,
        generation: UInt32? = nil
    ) throws(BatchError) {
        guard !messages.isEmpty else { return }
        let failures: [NetlinkError]
        do throws(NetlinkError) {
            let first = nextSequence(messages.count + 2)
            let bytes = try NetfilterBatch.bytes(
                messages, subsystem: subsystem, generation: generation, firstSequence: first)
            makeRoom(for: bytes.count)
            try send(bytes, operation, object)
            failures = try answers(to: messages.count, first: first, operation, object)
        } catch {
            throw BatchError(errors: [error])
        }
        if !failures.isEmpty { throw BatchError(errors: failures) }
    }

    /// The kernel carries a batch out while it is being sent, so all answers are there now. What fails as a whole is answered
    /// with the number of begin.
    private mutating func answers(
        to count: Int, first: UInt32, _ operation: String, _ object: String
    ) throws(NetlinkError) -> [NetlinkError] {
        var failures: [NetlinkError] = []
        var isAnswered = false
        var isLost = false
        collecting: while true {
            var rest: NetlinkBytes
            switch try receive(until: nil, operation, object) {
            case .datagram(let bytes): rest = bytes
            case .lost:
                isLost = true
                continue
            case .nothing: break collecting
            }
            while let message = NetlinkMessage(atStartOf: &rest) {
                let place = Int(message.sequence &- first)
                guard place <= count + 1, let answer = message.acknowledgement else { continue }
                isAnswered = isAnswered || place == count
                guard let errno = answer.errno else { continue }
                let index = (1...count).contains(place) ? place - 1 : nil
                failures.append(NetlinkError(answer, errno, operation: operation, object: object, index: index))
            }
        }
        if failures.isEmpty, !isAnswered {
            failures.append(
                NetlinkError(
                    operation: operation, object: object, errno: isLost ? .noBufferSpace : .timedOut,
                    message: "no acknowledgement came: the kernel may have done it all the same"))
        }
        return failures
    }

    /// A batch is one datagram, and has to fit into the send buffer (about 200 KiB where nobody asked for more). The kernel
    /// gives twice what is asked for and charges its own administration to it.
    private func makeRoom(for length: Int) {
        guard length > 65_536 else { return }
        var size = Int32(clamping: length * 2)
        for option in [SO_SNDBUF, SO_SNDBUFFORCE] {
            _ = setsockopt(descriptor, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
