// The events that libyaml makes of a text.

import CYAML

/// Why a text is no YAML, or none that podlab takes, and where.
struct YAMLFault: Error {
    enum Kind {
        /// In the parser's words.
        case syntax(String)
        case secondKey(String)
        case alias
        /// Aliases (`*name`) that make a short file long: ten lines can stand for a billion values.
        case growth
    }

    var kind: Kind
    var position: SourcePosition
}

/// A part of a text, in the order in which it stands there.
enum YAMLEvent {
    case documentStart, documentEnd, streamEnd
    case alias(String, SourcePosition)
    case scalar(Node.Scalar, anchor: String?)
    case sequenceStart(SourcePosition, anchor: String?)
    case sequenceEnd
    case mappingStart(SourcePosition, anchor: String?)
    case mappingEnd
}

/// One parser of libyaml and the text that it reads. It looks no further ahead than it must, so whoever stops asking has bounded it.
struct EventStream: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) throws(YAMLFault) {
        bytes = .allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLFault(kind: .syntax("there is no memory for its parser"), position: SourcePosition())
        }
        // Told, it takes no byte order mark for more than text.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    mutating func next() throws(YAMLFault) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw fault }
            defer { yaml_event_delete(&event) }
            let position = SourcePosition(event.start_mark)
            switch event.type {
            case YAML_DOCUMENT_START_EVENT: return .documentStart
            case YAML_DOCUMENT_END_EVENT: return .documentEnd
            // After the end of the stream libyaml makes events of no type.
            case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .streamEnd
            case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "", position)
            case YAML_SCALAR_EVENT:
                let scalar = Node.Scalar(
                    string: Self.text(event.data.scalar.value, length: event.data.scalar.length),
                    style: Node.Scalar.Style(event.data.scalar.style), tag: Self.text(event.data.scalar.tag),
                    position: position)
                return .scalar(scalar, anchor: Self.text(event.data.scalar.anchor))
            case YAML_SEQUENCE_START_EVENT:
                return .sequenceStart(position, anchor: Self.text(event.data.sequence_start.anchor))
            case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
            case YAML_MAPPING_START_EVENT:
                return .mappingStart(position, anchor: Self.text(event.data.mapping_start.anchor))
            case YAML_MAPPING_END_EVENT: return .mappingEnd
            // The stream's start.
            default: continue
            }
        }
    }

    /// Passes over the value that comes next, with all that is in it.
    mutating func skipValue() throws(YAMLFault) {
        var depth = 0
        repeat {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw fault }
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT: depth += 1
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: depth -= 1
            default: break
            }
        } while depth > 0
    }

    private var fault: YAMLFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "there is no memory to read it"
        guard parser.pointee.error == YAML_READER_ERROR else {
            return YAMLFault(kind: .syntax(problem), position: SourcePosition(parser.pointee.problem_mark))
        }
        // It stands before everything that was read by then, and is told of by the byte.
        let before = bytes.prefix(parser.pointee.problem_offset)
        let line = before.suffix(while: { $0 != UInt8(ascii: "\n") })
        let position = SourcePosition(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: String(decoding: line, as: UTF8.self).unicodeScalars.count + 1)
        let value = parser.pointee.problem_value
        let shown = value > 0 ? ": U+" + String(value, radix: 16, uppercase: true) : ""
        return YAMLFault(kind: .syntax(problem + shown), position: position)
    }

    private static func text(_ start: UnsafePointer<yaml_char_t>?) -> String? { start.map { String(cString: $0) } }

    /// With whatever is in it, NUL included.
    private static func text(_ start: UnsafePointer<yaml_char_t>?, length: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }
}

extension SourcePosition {
    /// libyaml counts from zero.
    fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}

extension Node.Scalar.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        self =
            switch style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
    }
}

extension BidirectionalCollection {
    /// The longest end all of whose elements are so.
    fileprivate func suffix(while isSo: (Element) -> Bool) -> SubSequence {
        var start = endIndex
        while start != startIndex, isSo(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
