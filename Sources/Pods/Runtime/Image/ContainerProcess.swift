// The program of a container, its arguments, its environment, its directory: the manifest's where it says so, else the image's.

/// What is executed in a container.
struct ContainerProcess: Sendable, Equatable {
    var arguments: [String]
    /// `NAME=value`, each name once.
    var environment: [String]
    /// Absolute.
    var workingDirectory: String

    /// What containerd gives a container whose image says nothing.
    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// - Throws: what is missing, in words.
    init(
        _ container: ContainerSpec, image: ContainerImage, hostname: String, home: String
    ) throws(ProcessError) {
        let expansion = Expansion(container.environment)
        // A command in the manifest takes the image's arguments away too: they were meant for its entry point.
        let command = container.command.map { $0.map(expansion.expanding) }
        let given = container.arguments.map { $0.map(expansion.expanding) }
        arguments = (command ?? image.entryPoint) + (given ?? (command == nil ? image.command : []))
        guard let program = arguments.first, !program.isEmpty else {
            throw ProcessError(problem: "no command specified: neither the manifest nor the image names one")
        }
        environment = Self.merged(
            image.environment + ["HOSTNAME=\(hostname)"]
                + container.environment.map { "\($0.name)=\(expansion.values[$0.name] ?? "")" },
            defaults: ["PATH=\(Self.searchPath)", "HOME=\(home)"])
        let directory = container.workingDirectory ?? image.workingDirectory ?? ""
        workingDirectory = directory.isEmpty ? "/" : directory
        guard workingDirectory.hasPrefix("/") else {
            throw ProcessError(problem: "the working directory \(workingDirectory) is not an absolute path")
        }
    }

    /// The last value of each name, at the place of the first.
    static func merged(_ variables: [String], defaults: [String] = []) -> [String] {
        var places: [Substring: Int] = [:]
        var result: [String] = []
        func name(_ variable: String) -> Substring { variable.prefix { $0 != "=" } }
        for variable in variables {
            if let place = places[name(variable)] {
                result[place] = variable
            } else {
                places[name(variable)] = result.count
                result.append(variable)
            }
        }
        return result + defaults.filter { places[name($0)] == nil }
    }
}

struct ProcessError: Error, Equatable {
    var problem: String
}
