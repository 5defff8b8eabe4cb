// podlab labs: the labs, with progress.

import ArgumentParser
import Foundation
import LabKit

struct LabsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "labs", abstract: "List the labs, with progress.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How to print it.") var format: OutputFormat = .text

    func run() throws {
        try reportingErrors {
            let setting = Setting(common)
            let catalog = try setting.catalog()
            let progress = (try? setting.store().load().progress) ?? Progress()
            let overview = LabsOverview(catalog: catalog, progress: progress)
            switch format {
            case .text: print(overview.text)
            case .json: print(try overview.json())
            }
            for entry in catalog.entries where entry.lab == nil {
                FileHandle.standardError.write(
                    Data(
                        ("podlab: \(entry.id) cannot be used:\n"
                            + "\(LabFilesError(folder: entry.folder, diagnostics: entry.diagnostics))\n").utf8))
            }
            if catalog.labs.isEmpty { throw ArgumentParser.ExitCode(2) }
        }
    }
}
