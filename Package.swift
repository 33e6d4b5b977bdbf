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

let package = Package(
    name: "likeness",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .target(name: "LMDB", dependencies: ["CLMDB"], swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "LikenessStore", dependencies: ["LMDB", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .testTarget(name: "LikenessStoreTests", dependencies: ["LikenessStore", "LMDB"]),
    ],
    swiftLanguageModes: [.v6]
)
