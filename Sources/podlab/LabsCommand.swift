// podlab labs: the labs, with progress.

import ArgumentParser
import LabKit
import PodCommands
import SystemPackage
import Terminals

struct LabsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "labs", abstract: "List the labs, with progress.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How to print it.") var format: OutputFormat = .text

    func run() throws {
        try reportingErrors {
            let setting = Setting(common)
            let folder = try setting.labsFolder()
            var outlines: [LabOutline] = []
            var unusable: [LoadedLab] = []
            let folders = try LabCatalog.ids(in: folder).map { folder.appending($0) }
            for (lab, outline) in zip(folders, LabLoader.outlines(folders)) {
                if let outline {
                    outlines.append(outline)
                    continue
                }
                // Only what cannot be listed so is read as a whole, for what is wrong with it.
                let loaded = LabLoader.load(lab)
                if let lab = loaded.lab { outlines.append(lab.outline) } else { unusable.append(loaded) }
            }
            let progress = (try? setting.store().load().progress) ?? Progress()
            let overview = LabsOverview(labs: outlines, progress: progress)
            switch format {
            case .text: StandardOutput.print(overview.text)
            case .json: StandardOutput.print(try overview.json())
            }
            for entry in unusable {
                complain(
                    "\(entry.id) cannot be used:\n"
                        + "\(LabFilesError(folder: entry.folder, diagnostics: entry.diagnostics))\n")
            }
            if outlines.isEmpty { throw ArgumentParser.ExitCode(2) }
        }
    }
}
