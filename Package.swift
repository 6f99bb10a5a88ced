// swift-tools-version: 6.2
import PackageDescription

/// Every target is built with strict memory safety and the language features to come, so that none has to be caught up later.
let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: settings)
}

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "refrain",
  products: [
    .library(name: "Refrain", targets: ["Refrain"]),
    .library(name: "RefrainMeasuring", targets: ["RefrainMeasuring"]),
    .executable(name: "refrain", targets: ["RefrainCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  // Dependencies point down this list only: a target imports those above it.
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CVectorKernels"),
    target("Files", [system]),
    target("Kernels", ["COpenBLAS", "CVectorKernels"]),
    target("LanguageModel", ["Kernels", "Files", system]),
    target("Corpora", ["Kernels", "Files", system]),
    target("Training", ["Kernels", "LanguageModel", "Corpora", "Files", system]),
    target("Scoring", ["LanguageModel", "Corpora", "Training", system]),
    target("Generation", ["Kernels", "LanguageModel", "Corpora", "Training"]),
    target("Interchange", ["Kernels", "LanguageModel", "Corpora", "Training", "Files", system]),
    target("Refrain", ["LanguageModel", "Corpora", "Training", "Scoring", "Generation", "Interchange"]),
    // Parts that only Benchmarks/ runs.
    target("RefrainMeasuring", ["Kernels", "Training"]),
    // What the umbrella re-exports is named too: a build goes by these lists, and would keep what was compiled for an older layout.
    .executableTarget(
      name: "RefrainCommand",
      dependencies: [
        "Refrain", "Files", "LanguageModel", "Corpora", "Training", "Scoring", "Generation", "Interchange", arguments, system,
      ], swiftSettings: settings),

    tests("Files", [system]),
    tests("Kernels", []),
    tests("LanguageModel", ["Kernels"]),
    tests("Corpora", ["Files", system]),
    tests("Training", ["Kernels", "LanguageModel", "Corpora", "Files", "Interchange", system]),
    tests("Scoring", ["Kernels", "LanguageModel", "Corpora", "Training"]),
    tests("Generation", ["LanguageModel", "Corpora", "Training"]),
    tests("Interchange", ["Kernels", "LanguageModel", "Corpora", "Training", "Scoring", "Files", system]),
    tests("Refrain", ["LanguageModel", "Corpora", "Training", "Generation"]),
    tests("RefrainCommand", ["Refrain", "LanguageModel", "Training", "Files", system]),
  ]
)
