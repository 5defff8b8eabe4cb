// A lesson outside the tutorial shell: rendered for a terminal, the plain Markdown for a file or pipe.

import FoundationEssentials
import Glibc

package enum LessonPrinter {
    package static func print(_ markdown: String) {
        guard isatty(STDOUT_FILENO) == 1 else {
            try? writeAll(markdown + "\n")
            return
        }
        let style = Style.detect(environment: ProcessInfo.processInfo.environment)
        _ = try? Pager(style: style).show(MarkdownRenderer(style: style).render(markdown))
    }
}
