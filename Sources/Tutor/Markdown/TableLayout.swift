// Tables fitted into a width: columns at their natural width where all fit, the widest made narrower where they do not,
// and one small list for each row where not even that leaves room to read.

struct TableLayout {
    let renderer: MarkdownRenderer
    let table: MarkdownTable

    private static let gap = 2
    /// Longer words may be broken.
    private static let longestWord = 16

    func lines(width: Int) -> [StyledLine] {
        let header = table.header.map { renderer.runs($0, .bold) }
        let rows = table.rows.map { row in row.map { renderer.runs($0) } }
        guard let columns = columnWidths([header] + rows, available: width) else {
            return records(header, rows, width: width)
        }
        let body = rows.map { rowLines($0, columns) }
        // Rows of several lines need air between them to be told apart.
        let needsAir = body.contains { $0.count > 1 }
        var result = rowLines(header, columns)
        result.append([Run(columns.map { renderer.rule("─", "-", width: $0) }.joined(separator: "  "), .dim)])
        for (offset, row) in body.enumerated() {
            if needsAir, offset > 0 { result.append([]) }
            result += row
        }
        return result
    }

    private func width(_ runs: [Run]) -> Int { runs.reduce(0) { $0 + displayWidth($1.text) } }

    /// Width for each column, or `nil` where words would have to be broken.
    private func columnWidths(_ rows: [[[Run]]], available: Int) -> [Int]? {
        var natural = [Int](repeating: 1, count: table.header.count)
        var least = natural
        for row in rows {
            for (column, cell) in row.enumerated() {
                natural[column] = max(natural[column], width(cell))
                least[column] = max(least[column], min(longestWord(cell), Self.longestWord))
            }
        }
        let room = available - Self.gap * (natural.count - 1)
        guard room > 0 else { return nil }
        func widths(limit: Int) -> [Int] { zip(natural, least).map { max($1, min($0, limit)) } }
        // The greatest limit under which the columns fit; what is left over goes to those that it cuts.
        guard let limit = (1...room).last(where: { widths(limit: $0).reduce(0, +) <= room }) else { return nil }
        var columns = widths(limit: limit)
        var left = room - columns.reduce(0, +)
        for column in columns.indices where columns[column] < natural[column] && left > 0 {
            columns[column] += 1
            left -= 1
        }
        return columns
    }

    private func longestWord(_ cell: [Run]) -> Int {
        cell.flatMap { run in
            run.isKept ? [displayWidth(run.text)] : run.text.split(separator: " ").map { displayWidth(String($0)) }
        }.max() ?? 0
    }

    private func rowLines(_ row: [[Run]], _ columns: [Int]) -> [StyledLine] {
        let cells = zip(row, columns).map { wrap($0, width: $1) }
        return (0..<(cells.map(\.count).max() ?? 0)).map { index in
            var line: StyledLine = []
            for (column, cell) in cells.enumerated() {
                let content = index < cell.count ? cell[index] : []
                let space = max(0, columns[column] - width(content))
                let before =
                    switch table.alignments[column] {
                    case .left: 0
                    case .centre: space / 2
                    case .right: space
                    }
                let gap = column + 1 < cells.count ? Self.gap : 0
                line.append(Run(String(repeating: " ", count: before)))
                line += content
                line.append(Run(String(repeating: " ", count: space - before + gap)))
            }
            return line
        }
    }

    /// Each row as lines of "header: value".
    private func records(_ header: [[Run]], _ rows: [[[Run]]], width: Int) -> [StyledLine] {
        var result: [StyledLine] = []
        for row in rows {
            if !result.isEmpty { result.append([]) }
            for (name, cell) in zip(header, row) where !cell.isEmpty {
                let lines = wrap(name + [Run(": ", .bold)] + cell, width: max(2, width - 2))
                result += hang(lines, first: [], rest: [Run("  ")])
            }
        }
        return rows.isEmpty ? header.flatMap { wrap($0, width: width) } : result
    }
}
