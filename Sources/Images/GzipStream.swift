// gzip, as it is read from a stream: RFC 1952 by zlib, with a bound on how much larger the data may become.

import CZlib

/// Unpacks one gzip stream, of one or several members.
final class GzipStream: ByteStream {
    static let magic: [UInt8] = [0x1f, 0x8b]

    private let source: any ByteStream
    private let object: String
    /// zlib keeps the address, so it must not move.
    private let state: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var expansion: Expansion
    private var isOver = false

    init(_ source: any ByteStream, object: String, limits: ImageLimits) throws(ImageError) {
        self.source = source
        self.object = object
        expansion = Expansion(limits, object: object)
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        input = .allocate(byteCount: 1 << 16, alignment: 16)
        // 15 bits of window, and 16 for the gzip wrapper. inflateInit2 itself is a macro.
        let status = inflateInit2_(state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw ImageError(.damaged, "unpack", object, "zlib cannot start (\(status))") }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        if isOver { return 0 }
        let room = UInt32(min(buffer.count, 1 << 30))
        state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = room
        while true {
            // zlib may still hold output that had no room, so it is asked even when there is no more input.
            var hasEnded = false
            if state.pointee.avail_in == 0 { hasEnded = try refill() == 0 }
            let status = inflate(state, Z_NO_FLUSH)
            let got = room - state.pointee.avail_out
            switch status {
            case Z_OK: break
            case Z_BUF_ERROR:
                if hasEnded, got == 0 { throw broken("it ends in the middle of compressed data") }
            case Z_STREAM_END: try beginNextMember()
            default: throw broken(state.pointee.msg.map { String(cString: $0) } ?? "zlib says \(status)")
            }
            if got > 0 || isOver {
                try expansion.give(Int(got))
                return Int(got)
            }
        }
    }

    private func refill() throws(ImageError) -> Int {
        let got = try source.read(into: input)
        expansion.taken += UInt64(got)
        state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_in = UInt32(got)
        return got
    }

    /// After a member comes another one, padding of zeros, or the end.
    private func beginNextMember() throws(ImageError) {
        while true {
            if state.pointee.avail_in == 0, try refill() == 0 {
                isOver = true
                return
            }
            guard let next = state.pointee.next_in else { return }
            if next.pointee == Self.magic[0] {
                guard inflateReset(state) == Z_OK else { throw broken("zlib cannot start anew") }
                return
            }
            guard next.pointee == 0 else { throw broken("something else follows the compressed data") }
            state.pointee.next_in = next + 1
            state.pointee.avail_in -= 1
        }
    }

    private func broken(_ meaning: String) -> ImageError {
        ImageError(.archive, "unpack", object, "the gzip data is damaged: \(meaning)")
    }
}
