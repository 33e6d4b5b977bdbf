// swift-tools-version: 6.2
import PackageDescription

// A program as a user of the library writes it first. `tools/test --client` builds it against the package around it; each run of
// `tools/test` compiles the same files as a test target of that package.
let package = Package(
    name: "first-program",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "likeness", path: "../../..")],
    targets: [
        .testTarget(name: "FirstProgramTests", dependencies: [.product(name: "Likeness", package: "likeness")])
    ]
)
