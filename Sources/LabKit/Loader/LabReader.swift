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

extension Fields {
    /// Notes variables in what is the same for everybody: names by which parts of a lab find each other, and what a list of labs tells.
    func allowNoVariables(in keys: String...) {
        for key in keys {
            guard let position = node(key)?.firstFilled else { continue }
            reader.error("'\(key)' is the same for everybody: no variable can stand in it", at: position)
        }
    }
}
