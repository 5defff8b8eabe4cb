// zstd, as it is read from a stream: RFC 8878 by libzstd, with a bound on how much larger the data may become.

import CZstd

/// Unpacks zstd data of one or several frames; what is skippable (zstd:chunked) is skipped.
final class ZstdStream: ByteStream {
    static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    private let source: any ByteStream
    private let object: String
    private let state: OpaquePointer
    private let input: UnsafeMutableRawBufferPointer
    /// What the first frame may refer back to; it lives as long as the decoder.
    private let reference: UnsafeMutableRawBufferPointer
    /// What of `input` is still to be read.
    private var position = 0
    private var filled = 0
    /// Whether a frame has begun that has not ended.
    private var isInFrame = false
    private var expansion: Expansion

    /// The window that an archive may ask for, as a power of two: libzstd's own limit for whoever does not ask for more.
    private static let largestWindow: Int32 = 27

    /// - Parameter prefix: what was there when the data was packed, for `zstd --patch-from`.
    init(
        _ source: any ByteStream, object: String, limits: ImageLimits, after prefix: [UInt8] = []
    ) throws(ImageError) {
        self.source = source
        self.object = object
        expansion = Expansion(limits, object: object)
        guard let state = ZSTD_createDStream() else {
            throw ImageError(.damaged, "unpack", object, "libzstd cannot start")
        }
        self.state = state
        input = .allocate(byteCount: 1 << 16, alignment: 16)
        ZSTD_DCtx_setParameter(state, ZSTD_d_windowLogMax, Self.largestWindow)
        reference = .allocate(byteCount: prefix.count, alignment: 16)
        reference.copyBytes(from: prefix)
        if !prefix.isEmpty { ZSTD_DCtx_refPrefix(state, reference.baseAddress, reference.count) }
    }

    deinit {
        ZSTD_freeDStream(state)
        input.deallocate()
        reference.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos == 0 {
            if position == filled {
                position = 0
                filled = try source.read(into: input)
                expansion.taken += UInt64(filled)
            }
            let hasEnded = filled == 0
            if hasEnded, !isInFrame { return 0 }
            var piece = ZSTD_inBuffer(src: input.baseAddress, size: filled, pos: position)
            // It may still hold output that had no room, so it is asked even when there is no more input.
            let status = ZSTD_decompressStream(state, &output, &piece)
            position = piece.pos
            guard ZSTD_isError(status) == 0 else { throw broken(String(cString: ZSTD_getErrorName(status))) }
            isInFrame = status != 0
            if hasEnded, output.pos == 0, isInFrame { throw broken("it ends in the middle of compressed data") }
        }
        try expansion.give(output.pos)
        return output.pos
    }

    private func broken(_ meaning: String) -> ImageError {
        ImageError(.archive, "unpack", object, "the zstd data is damaged: \(meaning)")
    }
}

/// How much larger compressed data has become.
struct Expansion {
    private let limits: ImageLimits
    private let object: String
    var taken: UInt64 = 0
    private var given: UInt64 = 0

    init(_ limits: ImageLimits, object: String) {
        self.limits = limits
        self.object = object
    }

    mutating func give(_ count: Int) throws(ImageError) {
        given += UInt64(count)
        guard given > limits.ratioFloor, given / limits.ratio > taken else { return }
        throw ImageError(
            .limit, "unpack", object,
            "it becomes more than \(limits.ratio) times larger (\(taken) bytes have become \(given)): a decompression bomb"
        )
    }
}
