// Words that people know from their own machines and that a playground does not have.

import Text

/// What to say when the shell knows no such command.
enum AbsentCommand {
    static func remark(on word: String) -> String? {
        let name = word.split(separator: "/").last.map(String.init) ?? word
        switch name {
        case "sudo", "su", "doas":
            return "You are root in the playground already: type the command without `\(name)`."
        case "man", "info", "apropos", "tldr":
            return
                "The playground has no manual pages: `COMMAND --help` says the most important, `man` on your own machine the rest."
        case "apt", "apt-get", "dpkg", "dnf", "yum", "rpm", "apk", "pacman", "zypper", "snap", "brew", "pip", "pip3":
            return
                "This is another machine than yours, and a throw-away one: nothing is installed in it. What the labs need is there."
        case "docker", "podman", "nerdctl", "buildah", "runc", "crun", "ctr", "lxc":
            return "The playground has no container engine: here you do by hand what `\(name)` does for others."
        case "kubectl", "k", "k9s", "helm", "crictl", "minikube", "kind", "k3s":
            return
                "There is no cluster behind this node. Pods are made with `podlab pod`, which takes the same manifests: `podlab pod --help`."
        case "systemctl", "service", "journalctl", "systemd-run", "reboot", "shutdown", "poweroff", "halt":
            return "The node has no systemd: its PID 1 is podlab's. `reset` gives a fresh node, `quit` leaves."
        case "git", "ssh", "scp", "curl", "wget", "code", "emacs", "tmux", "screen":
            return
                "The playground is a small machine of its own, without the programs and the files of yours. `podlab enter` in another "
                + "terminal opens a second shell in it."
        default: return nil
        }
    }
}

/// mount(8) without `--bind`: a folder is no device, and what the command says of that helps nobody who has not met it before.
enum MountRemark {
    static func remark(on line: String, printed: String) -> String? {
        let words = line.split(separator: " ").map(String.init)
        guard let place = words.firstIndex(of: "mount"), printed.contains("mount: "),
            printed.contains("not a block device") || printed.contains("does not exist")
                || printed.contains("permission denied")
                || printed.contains("wrong fs type") || printed.contains("unknown filesystem type")
                || printed.contains("must be specified")
        else { return nil }
        let rest = words[(place + 1)...]
        let options = rest.filter { $0.hasPrefix("-") }
        let plain = rest.filter { !$0.hasPrefix("-") }
        guard plain.count == 2, let source = plain.first, let target = plain.last,
            !options.contains(where: { $0.contains("bind") || $0 == "-B" || $0 == "-R" || $0.hasPrefix("-t") }),
            source.contains("/") || source.hasPrefix("$")
        else { return nil }
        return "`mount A B` takes a device for A. A folder is shown at a second place by a bind mount: "
            + "`mount --bind \(terminalSafe(source)) \(terminalSafe(target))`."
    }
}
