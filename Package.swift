// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the package is compiled with: the strictest checks that the toolchain has.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The same, for modules that lend spans of memory to others.
let lending = strict + [.enableExperimentalFeature("Lifetimes")]

/// Tests may touch memory as they like, and look inside modules.
let testing: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// Sorted search, by a library.
let algorithms = Target.Dependency.product(name: "Algorithms", package: "swift-algorithms")

let package = Package(
    name: "likeness",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Likeness", targets: ["Likeness"]),
        .executable(name: "likeness", targets: ["LikenessCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(name: "CPlatform"),
        .target(name: "CVectorKernels"),
        .target(name: "CCurl"),
        .target(name: "Platform", dependencies: ["CPlatform"], swiftSettings: strict),
        .target(name: "PlainText", swiftSettings: strict),
        .target(name: "RandomNumbers", swiftSettings: strict),
        .target(name: "DelimitedText", dependencies: ["CZlib", "CZstd", "PlainText", "Platform"], swiftSettings: lending),
        .target(name: "LMDB", dependencies: ["CLMDB", "Platform"], swiftSettings: lending),
        .target(
            name: "LikenessFormat", dependencies: ["CVectorKernels", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: lending),
        .target(
            name: "ObjectStorage", dependencies: ["CCurl", "Platform", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "LikenessStore", dependencies: [algorithms, "LikenessFormat", "LMDB", "Platform", "RandomNumbers"], swiftSettings: lending
        ),
        .target(name: "WorkerThreads", dependencies: ["Platform"], swiftSettings: strict),
        .target(
            name: "LikenessTraining",
            dependencies: ["CVectorKernels", "LikenessFormat", "Platform", "RandomNumbers", "WorkerThreads"], swiftSettings: strict),
        .target(
            name: "LikenessEvaluation", dependencies: [algorithms, "CVectorKernels", "Platform", "RandomNumbers", "WorkerThreads"],
            swiftSettings: strict),
        .target(name: "LikenessTuning", dependencies: ["LikenessFormat", "Platform", "RandomNumbers"], swiftSettings: strict),
        .target(
            name: "LikenessSearch", dependencies: [algorithms, "CVectorKernels", "PlainText", "RandomNumbers", "WorkerThreads"],
            swiftSettings: strict),
        .target(
            name: "LikenessModels",
            dependencies: [
                "LMDB", "LikenessEvaluation", "LikenessFormat", "LikenessSearch", "LikenessStore", "LikenessTraining", "LikenessTuning",
                "PlainText", "Platform", "RandomNumbers", "WorkerThreads",
            ],
            swiftSettings: lending),
        .target(
            name: "Interchange",
            dependencies: ["DelimitedText", "LikenessEvaluation", "LikenessFormat", "LikenessStore", "PlainText", "Platform"],
            swiftSettings: lending),
        .target(
            name: "LikenessReplication", dependencies: ["LMDB", "LikenessFormat", "LikenessStore", "ObjectStorage", "Platform"],
            swiftSettings: lending),
        .target(name: "DemoData", dependencies: ["DelimitedText", "Platform", "RandomNumbers"], swiftSettings: lending),
        .target(
            name: "Likeness",
            dependencies: [
                algorithms, "DelimitedText", "DemoData", "Interchange", "LMDB", "WorkerThreads", "LikenessEvaluation", "LikenessFormat",
                "LikenessModels", "LikenessReplication", "LikenessSearch", "LikenessStore", "LikenessTraining", "ObjectStorage",
                "PlainText",
                "Platform",
            ],
            swiftSettings: lending),
        .executableTarget(
            name: "LikenessCLI",
            dependencies: [
                "DelimitedText", "Likeness", "PlainText", "Platform", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "likeness-bench",
            dependencies: [
                "LMDB", "Likeness", "LikenessFormat", "LikenessModels", "LikenessSearch", "LikenessStore", "Platform", "RandomNumbers",
                "WorkerThreads",
            ], path: "Sources/LikenessBench", swiftSettings: lending),
        .testTarget(name: "ArchitectureTests", swiftSettings: testing),
        // As a client compiles it: without any setting.
        .testTarget(
            name: "FirstProgramTests", dependencies: ["Likeness"], path: "Tests/Clients/FirstProgram/Tests/FirstProgramTests"),
        .testTarget(name: "DelimitedTextTests", dependencies: ["CZlib", "DelimitedText", "PlainText", "Platform"], swiftSettings: testing),
        .testTarget(name: "LMDBTests", dependencies: ["CLMDB", "LMDB", "Platform"], swiftSettings: testing),
        .testTarget(
            name: "LikenessEvaluationTests", dependencies: ["CVectorKernels", "LikenessEvaluation", "RandomNumbers"],
            swiftSettings: testing),
        .testTarget(name: "LikenessFormatTests", dependencies: ["LikenessFormat"], swiftSettings: testing),
        .testTarget(
            name: "LikenessSearchTests", dependencies: ["CVectorKernels", "LikenessSearch"], swiftSettings: testing),
        .testTarget(
            name: "LikenessStoreTests", dependencies: ["LMDB", "LikenessFormat", "LikenessStore"], swiftSettings: testing),
        .testTarget(
            name: "LikenessTests",
            dependencies: [
                "DelimitedText", "DemoData", "Interchange", "LMDB", "WorkerThreads", "Likeness", "LikenessFormat", "LikenessModels",
                "LikenessReplication", "LikenessSearch", "LikenessStore", "LikenessTraining", "ObjectStorage", "RandomNumbers",
                "RemoteServer",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "LikenessTrainingTests", dependencies: ["CVectorKernels", "LikenessFormat", "LikenessTraining", "RandomNumbers"],
            resources: [.copy("Fixtures")], swiftSettings: testing),
        .testTarget(
            name: "LikenessTuningTests", dependencies: ["LikenessFormat", "LikenessTuning", "RandomNumbers"],
            resources: [.copy("Fixtures")],
            swiftSettings: testing),
        .testTarget(
            name: "LightFMTests", dependencies: ["LikenessEvaluation", "LikenessTraining", "RandomNumbers"],
            resources: [.copy("Fixtures")], swiftSettings: testing),
        // A web server and object store that does wrong what it is told to, for the tests of three modules.
        .target(name: "RemoteServer", path: "Tests/RemoteServer", swiftSettings: testing),
        .testTarget(name: "ObjectStorageTests", dependencies: ["ObjectStorage", "Platform", "RemoteServer"], swiftSettings: testing),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: testing),
        .testTarget(name: "WorkerThreadsTests", dependencies: ["WorkerThreads"], swiftSettings: testing),
        .testTarget(
            name: "JourneyTests", dependencies: ["LMDB", "LikenessCLI", "LikenessFormat", "LikenessStore", "RemoteServer"],
            exclude: ["Faults/fault.c", "Help"],
            swiftSettings: testing),
    ],
    swiftLanguageModes: [.v6]
)
