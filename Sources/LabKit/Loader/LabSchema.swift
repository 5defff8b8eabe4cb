// Every shape and word list of lab.yaml in one place, for the test that holds docs/podlab.lab.v1.schema.json to them.

import enum Isolation.SystemCallGroup
import Playgrounds
import StrictYAML

enum LabSchema {
    static let shapes: [Shape] =
        [
            LabFile.shape, Variable.shape, Scene.shape, Scene.Decoy.shape, Scene.File.shape, Scene.Box.shape,
            Scene.Host.shape, Step.shape, BrokenScene.shape, Hint.shape, Hint.When.shape, Check.shape,
            Observation.shape, Selector.shape, Selector.Sharing.shape, NamespaceRelations.shape, Count.shape,
            CommandExpectation.shape, TextExpectation.shape, NetworkPlace.shape, LinkPlace.shape, AnyProbe.shape,
        ] + Probes.all.flatMap { [$0.shape] + $0.innerShapes }

    /// The words of each `enum` among the schema's `$defs`.
    static let words: [String: [String]] = Probes.all.reduce(into: [
        "requirement": Requirement.allCases.map(\.rawValue),
        "watch": Scene.Watch.allCases.map(\.rawValue),
        "systemCalls": SystemCallGroup.allCases.map(\.rawValue),
        "status": Status.allCases.map(\.rawValue),
        "kind": CheckKind.allCases.map(\.rawValue),
        "namespaceKind": NamespaceKind.allCases.map(\.rawValue),
        "namespaceRelation": NamespaceRelation.allCases.map(\.rawValue),
        "selectorKey": SelectorCondition.Key.allCases.map(\.rawValue),
        "courseProgram": CourseProgram.allCases.map(\.rawValue),
        "machine": MachineWords.known,
        "signalName": SignalName.allCases.map(\.rawValue),
    ]) { words, probe in
        for list in probe.wordLists { words[list.name] = list.words }
    }
}
