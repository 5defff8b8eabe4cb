// A box that is there when the learner comes: programs of the course root, with everything that they load.

import Isolation
import KernelState
import SystemPackage
import Text

extension Playground {
    /// Copies the programs of a box, their interpreter and their libraries to the same paths below the box. Nobody has been in the
    /// playground yet, so its `cp` is the course root's.
    func pack(_ box: Scene.Box, from courseRoot: FilePath) throws {
        let files = try Self.contents(of: box, in: courseRoot)
        let plan = Plan(
            entering(directory: "/") + [
                .makeDirectory(.path(box.path), parents: true),
                .execute(
                    "/bin/cp", arguments: ["cp", "--parents", "--dereference", "--"] + files + [box.path],
                    environment: ["LANG=C.UTF-8"]),
            ])
        let output: Output
        do {
            output = try plan.output(patience: .seconds(10))
        } catch {
            throw PlaygroundError.notRun(error)
        }
        guard output.status.isSuccess else {
            throw PlaygroundError.notReady(
                "the box \(box.path) could not be packed: cp \(output.status): \(terminalSafe(output.errorText))")
        }
    }

    /// Every file that the programs of a box need, by its path in the course root.
    private static func contents(of box: Scene.Box, in courseRoot: FilePath) throws -> [String] {
        let root = try RootDirectory(path: courseRoot)
        let closures = ELFClosure.all(of: box.programs.map { FilePath($0) }, in: root)
        if let missing = closures.flatMap(\.missing).first {
            throw PlaygroundError.notReady(
                "the box \(box.path) could not be packed: the course root has no \(missing.name) (`podlab root build`)")
        }
        return Set(closures.flatMap(\.objects).map(\.path.string)).sorted()
    }
}
