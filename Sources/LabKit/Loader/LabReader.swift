// What the strict YAML reader needs to know of labs. Whoever reads labs speaks of its diagnostics, so it comes with LabKit.

import StrictYAML

extension TemplateMark {
    /// `{{name}}` in lab.yaml.
    static let variable = TemplateMark(mark: "{{", advice: "put quotes around a value that starts with {{")
}

extension YAMLReader {
    /// The step being read: a check's name without a slash is one of this step.
    var step: String {
        get { scope }
        set { scope = newValue }
    }
}
