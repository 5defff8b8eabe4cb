// swift-tools-version: 6.2
// podlab: learn what containers and pods are made of. The floors and their rules are in docs/architecture.md.
import Foundation
import PackageDescription

/// Every lab is a folder of data with one Swift file. Each such file is a module of its own, because a module cannot hold two
/// files of one name: `Labs/01-chroot/Solution.swift` is the module `Lab01`. The rest of the folder is read at run time.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
let labsFolder = URL(fileURLWithPath: packageFolder).appendingPathComponent("Labs")
let labs = ((try? FileManager.default.contentsOfDirectory(atPath: labsFolder.path)) ?? []).sorted().filter { name in
    let solution = labsFolder.appendingPathComponent(name).appendingPathComponent("Solution.swift")
    return name.first?.isNumber == true && FileManager.default.fileExists(atPath: solution.path)
}
func module(of lab: String) -> String { "Lab" + lab.prefix { $0.isNumber } }
func data(of lab: String) -> [String] {
    let folder = labsFolder.appendingPathComponent(lab).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0 != "Solution.swift" }
}

/// A module sees what its files import and nothing that those import in their turn. What podlab does at length is done by the kernel, so
/// what is released is small rather than fast.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-Osize"], .when(configuration: .release)),
]
/// Sections of their own: what runs in podlab-init takes a few functions of CLinux and CIsolation and leaves the rest, libc with it.
let strictC: [CSetting] = [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections"])]
/// Headers that these targets share and show nobody else.
let inside: [CSetting] = [.headerSearchPath("../CLinux"), .headerSearchPath("../CIsolation")]
let bareC: [CSetting] = [
    .unsafeFlags(["-Os", "-ffreestanding", "-ffunction-sections", "-fno-stack-protector", "-fno-pie"])
]
/// Swift's static executables begin in libc and ask for parts of it, so both are taken back here: nothing but what the program itself
/// calls is linked, and its parts are as close together as pages allow.
let bareLinking: [LinkerSetting] = [
    .unsafeFlags(
        ["-nostartfiles", "-static-executable", "-use-ld=lld"]
            + ["-nostartfiles", "-nostdlib", "-static"].flatMap { ["-Xclang-linker", $0] }
            + [
                "--gc-sections", "--strip-all", "--build-id=none", "--defsym=pthread_self=0", "--defsym=pthread_once=0",
                "--defsym=pthread_key_create=0", "-znorelro", "-znoseparate-code", "-zmax-page-size=4096",
            ].flatMap { ["-Xlinker", $0] })
]
/// One static file, without symbols and without what finds the way back through calls (a seventh of it): podlab throws no C++ exceptions,
/// cancels no threads, and Swift's errors need none of that.
let releaseLinking: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld"]
            + [
                "--gc-sections", "--strip-all", "--no-eh-frame-hdr",
                "--script=\(packageFolder)/Sources/no-unwinding.ld",
            ]
            .flatMap { ["-Xlinker", $0] },
        .when(configuration: .release))
]
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "podlab",
    products: [
        .executable(name: "podlab", targets: ["podlab"]), .executable(name: "greedy", targets: ["greedy"]),
        .executable(name: "pause", targets: ["pause"]), .executable(name: "podlab-init", targets: ["podlab-init"]),
        .executable(name: "podlab-node", targets: ["podlab-node"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(name: "CLinux", cSettings: strictC),
        .target(name: "CIsolation", dependencies: ["CLinux"], cSettings: strictC + [.headerSearchPath("../CLinux")]),
        // What walks a plan, in a program of its own.
        .target(
            name: "CExecutor", dependencies: ["CLinux", "CIsolation"],
            cSettings: strictC + inside + [.unsafeFlags(["-fno-stack-protector"])]),
        .executableTarget(
            name: "podlab-init", dependencies: ["CBare", "CExecutor", "CLinux", "CIsolation"],
            cSettings: strictC + bareC + inside, linkerSettings: bareLinking),
        // Programs that run in boxes and pods and are measured there, so they have no library, not even libc.
        .target(name: "CBare", cSettings: strictC + bareC),
        .executableTarget(
            name: "greedy", dependencies: ["CBare"], cSettings: strictC + bareC, linkerSettings: bareLinking),
        .executableTarget(
            name: "pause", dependencies: ["CBare"],
            swiftSettings: [
                .enableExperimentalFeature("Embedded"),
                .unsafeFlags(["-no-static-stdlib", "-wmo", "-Osize", "-Xfrontend", "-function-sections"]),
            ], linkerSettings: bareLinking),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),

        .target(name: "Text", swiftSettings: strict),
        .target(name: "Linux", dependencies: ["CLinux", "Text", system], swiftSettings: strict),
        .target(name: "CNetlink", cSettings: strictC),
        .target(name: "Netlink", dependencies: ["CNetlink", "Linux", "Text", system], swiftSettings: strict),
        .target(name: "Isolation", dependencies: ["CIsolation", "Linux", "Netlink", system], swiftSettings: strict),
        .target(name: "KernelState", dependencies: ["CNetlink", "Linux", "Netlink", system], swiftSettings: strict),
        .target(
            name: "Pods", dependencies: ["CIsolation", "Linux", "Netlink", "Isolation", "KernelState", system],
            swiftSettings: strict),
        .target(
            name: "Images", dependencies: ["CLinux", "CZlib", "CZstd", "CNettle", "Linux", "KernelState", system],
            swiftSettings: strict),
        .target(name: "StrictYAML", dependencies: ["CYAML", "Text"], swiftSettings: strict),
        .target(
            name: "Manifests", dependencies: ["Linux", "Text", "Pods", "StrictYAML", system], swiftSettings: strict),
        .target(
            name: "Kubelet",
            dependencies: [
                "CIsolation", "Linux", "Text", "Isolation", "KernelState", "Pods", "Images", "Terminals", system,
            ],
            swiftSettings: strict),
        .target(
            name: "Terminals", dependencies: ["CLinux", "Linux", "Text", "KernelState", system], swiftSettings: strict),
        .target(
            name: "Playgrounds",
            dependencies: [
                "CLinux", "CIsolation", "Linux", "Text", "Netlink", "Isolation", "KernelState", "Pods", "Images",
                "Terminals", system,
            ],
            swiftSettings: strict),
        .target(
            name: "LabKit",
            dependencies: [
                "CIsolation", "Linux", "Text", "Netlink", "Isolation", "KernelState", "Pods", "StrictYAML", "Terminals",
                "Playgrounds", system,
            ],
            swiftSettings: strict),
        .target(
            name: "PodNodes",
            dependencies: [
                "CIsolation", "Linux", "Isolation", "KernelState", "Pods", "Kubelet", "Playgrounds", system,
            ],
            swiftSettings: strict),
        .target(
            name: "PodCommands",
            dependencies: ["CIsolation", "Linux", "Text", "Pods", "Manifests", "Terminals", "Kubelet", arguments],
            swiftSettings: strict),
        .target(
            name: "Labs", dependencies: ["LabKit"] + labs.map { .target(name: module(of: $0)) }, path: "Labs",
            exclude: labs, sources: ["Solutions.swift"], swiftSettings: strict),
        .target(
            name: "Tutor",
            dependencies: [
                "CLinux", "CReadline", "Linux", "KernelState", "Text", "Terminals", "Playgrounds", "LabKit", system,
            ],
            swiftSettings: strict),
        .target(
            name: "Grading",
            dependencies: [
                "CIsolation", "Linux", "Text", "Isolation", "KernelState", "StrictYAML", "Terminals", "Playgrounds",
                "LabKit", system,
            ],
            swiftSettings: strict),
        .target(
            name: "RootBuilder", dependencies: ["Linux", "Isolation", "KernelState", "StrictYAML", system],
            path: "rootfs-builder/Sources",
            swiftSettings: strict),
        .executableTarget(
            name: "podlab",
            dependencies: [
                "CIsolation", "Text", "Netlink", "Isolation", "KernelState", "Pods", "Images", "StrictYAML",
                "Linux", "Terminals", "Kubelet", "Playgrounds", "LabKit", "PodNodes", "PodCommands", "Labs", "Tutor",
                "Grading", "RootBuilder",
                system, arguments,
            ],
            swiftSettings: strict,
            linkerSettings: releaseLinking),
        // It goes into playgrounds: no module that knows of labs is linked into it.
        .executableTarget(
            name: "podlab-node", dependencies: ["Kubelet", "PodCommands", arguments], swiftSettings: strict,
            linkerSettings: releaseLinking),

        // What a learner's root may try, typed by no shell.
        .executableTarget(
            name: "attacker", dependencies: ["CBare"], path: "Tests/Attacker", cSettings: strictC + bareC,
            linkerSettings: bareLinking),
        .target(name: "TestSupport", dependencies: [system], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "LinuxTests", dependencies: ["Linux", "TestSupport", system], swiftSettings: strict),
        .testTarget(
            name: "NetlinkTests",
            dependencies: ["CIsolation", "CNetlink", "Linux", "Netlink", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "IsolationTests",
            dependencies: ["CIsolation", "Linux", "Netlink", "Isolation", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "KernelStateTests", dependencies: ["Linux", "Netlink", "KernelState", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "PodsTests",
            dependencies: ["CIsolation", "Linux", "Netlink", "Isolation", "Pods", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "ImagesTests", dependencies: ["CIsolation", "Linux", "Images", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(name: "TextTests", dependencies: ["Text"], swiftSettings: strict),
        .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ManifestsTests", dependencies: ["Text", "Pods", "StrictYAML", "Manifests", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KubeletTests",
            dependencies: [
                "CIsolation", "Isolation", "Pods", "Terminals", "Kubelet", "PodNodes", "TestSupport", system,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RootBuilderTests", dependencies: ["KernelState", "RootBuilder", system], swiftSettings: strict),
        .testTarget(
            name: "LabKitTests",
            dependencies: [
                "Linux", "Text", "Netlink", "Isolation", "KernelState", "Images", "StrictYAML", "Playgrounds", "LabKit",
                "TestSupport", system,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TutorTests",
            dependencies: ["Linux", "Text", "Terminals", "Playgrounds", "LabKit", "Tutor", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "GradingTests", dependencies: ["Text", "Playgrounds", "LabKit", "Grading", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEnd", dependencies: ["CIsolation", "Isolation", "KernelState", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict
        ),
    ]
        + labs.map { lab in
            .target(
                name: module(of: lab), dependencies: ["LabKit", "Playgrounds", "Isolation", "Netlink"],
                path: "Labs/\(lab)",
                exclude: data(of: lab),
                sources: ["Solution.swift"], swiftSettings: strict)
        },
    swiftLanguageModes: [.v6]
)
