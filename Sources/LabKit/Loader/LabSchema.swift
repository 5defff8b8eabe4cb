// Every shape and word list of lab.yaml in one place, for the test that holds docs/podlab.lab.v1.schema.json to them.

import enum Isolation.SystemCallGroup
import StrictYAML

enum LabSchema {
    static let shapes: [Shape] =
        [
            LabFile.shape, Variable.shape, Scene.shape, Scene.Decoy.shape, Scene.File.shape, Scene.Box.shape,
            Scene.Host.shape, Step.shape, BrokenScene.shape, Hint.shape, Hint.When.shape, Check.shape,
            Observation.shape, Selector.shape, Selector.Sharing.shape, NamespaceRelations.shape, Count.shape,
            AnswerProbe.Fact.shape, CommandExpectation.shape,
            TextExpectation.shape, ExperimentProbe.Trial.shape, ExperimentProbe.TrialCgroup.shape,
            WritableProbe.Control.shape, CgroupProbe.Limits.shape, CgroupProbe.Counters.shape, Probe.shape,
            NetworkPlace.shape, LinkPlace.shape,
        ] + Probe.kinds.map(\.shape)

    /// The words of each `enum` among the schema's `$defs`.
    static let words: [String: [String]] = [
        "requirement": Requirement.allCases.map(\.rawValue),
        "watch": Scene.Watch.allCases.map(\.rawValue),
        "systemCalls": SystemCallGroup.allCases.map(\.rawValue),
        "status": Status.allCases.map(\.rawValue),
        "kind": CheckKind.allCases.map(\.rawValue),
        "namespaceKind": NamespaceKind.allCases.map(\.rawValue),
        "namespaceRelation": NamespaceRelation.allCases.map(\.rawValue),
        "selectorKey": SelectorCondition.Key.allCases.map(\.rawValue),
        "courseProgram": CourseProgram.allCases.map(\.rawValue),
        "fileType": FileProbe.FileType.allCases.map(\.rawValue),
        "sameOrDifferent": NamespaceProbe.Expectation.allCases.map(\.rawValue),
        "writability": WritableProbe.Expectation.allCases.map(\.rawValue),
        "propagation": MountProbe.Propagation.allCases.map(\.rawValue),
        "controller": CgroupProbe.Controller.allCases.map(\.rawValue),
        "counter": ExperimentProbe.Counter.allCases.map(\.rawValue),
        "transport": ReachProbe.Transport.allCases.map(\.rawValue),
        "listenerTransport": ListenerProbe.Transport.allCases.map(\.rawValue),
        "ipcKind": IPCObjectProbe.Kind.allCases.map(\.rawValue),
        "machine": MachineWords.known,
        "signalName": SignalName.allCases.map(\.rawValue),
    ]
}
