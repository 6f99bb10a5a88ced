// swift-tools-version: 6.2
import PackageDescription

// Refrain is for Linux with glibc: it reads /proc and /sys, and calls the C library by its names. Nothing else is built or tested.

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
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let mpi: Target.Dependency = .target(name: "CMPI", condition: .when(traits: ["MPI"]))

let package = Package(
  name: "refrain",
  products: [
    .library(name: "Refrain", targets: ["Refrain"]),
    .executable(name: "refrain", targets: ["RefrainCommand"]),
  ],
  traits: [.trait(name: "MPI", description: "Train on several machines; needs Open MPI.")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  // Dependencies point down this list only: a target imports those above it.
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CVectorKernels"),
    target("Basics", []),
    target("Files", ["Basics", system]),
    target("Kernels", ["Basics", "COpenBLAS", "CVectorKernels"]),
    target("LanguageModel", ["Basics", "Kernels"]),
    target("Corpora", ["Basics", "Files", heap, system]),
    target("Verse", ["Basics", "Files", system]),
    target("Models", ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Verse", system]),
    target("Training", ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Models", system]),
    target("Cluster", ["Basics", "Kernels", "Training", mpi]),
    target("Scoring", ["Basics", "Files", "LanguageModel", "Corpora", "Models", system]),
    target("Pages", ["Basics", "Files", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", system]),
    target("Generation", ["Basics", "Kernels", "LanguageModel", "Corpora", "Verse", "Models"]),
    target("Interchange", ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Models", system]),
    target(
      "Inspection",
      [
        "Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", "Pages", "Generation",
        "Interchange", system,
      ]),
    target(
      "Measuring",
      ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Models", "Training", "Scoring", "Generation", system]),
    target("Refrain", ["LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", "Generation", "Interchange", "Measuring"]),
    // What the umbrella re-exports is named too: a build goes by these lists, and would keep what was compiled for an older layout.
    .executableTarget(
      name: "RefrainCommand",
      dependencies: [
        "Refrain", "Basics", "Files", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", "Pages", "Generation",
        "Interchange", "Inspection", "Measuring", "Cluster", arguments, system,
      ], swiftSettings: settings),
    .executableTarget(name: "Lesson", path: "Examples/Lesson", swiftSettings: settings),

    tests("Basics", []),
    tests("Files", [system]),
    tests("Kernels", ["Basics"]),
    tests("LanguageModel", ["Basics", "Kernels"]),
    tests("Corpora", ["Basics", "Files", system]),
    tests("Verse", ["Basics", "Files", system]),
    tests("Models", ["Basics", "Kernels", "LanguageModel", "Corpora", "Files", system]),
    tests(
      "Training",
      ["Basics", "Kernels", "LanguageModel", "Corpora", "Models", "Files", "Scoring", "Generation", "Interchange", "Measuring", system]),
    tests("Cluster", ["Basics", "Training"]),
    tests("Measuring", ["Kernels", "LanguageModel", "Corpora", "Models", "Training"]),
    tests("Scoring", ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Models", "Training", system]),
    tests("Pages", ["Basics", "Files", "Corpora", "Models", "Training", system]),
    tests("Generation", ["Basics", "Kernels", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Measuring"]),
    tests("Interchange", ["Kernels", "LanguageModel", "Corpora", "Models", "Training", "Scoring", "Files", system]),
    tests(
      "Inspection",
      ["Basics", "Files", "Kernels", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", "Pages", "Interchange", system]),
    // The lesson's own source is compiled into its tests, by a symbolic link.
    .testTarget(
      name: "LessonTests", dependencies: ["Basics", "Kernels", "LanguageModel", "Corpora", "Models", "Training"], swiftSettings: settings),
    tests("Refrain", ["LanguageModel", "Corpora", "Models", "Training", "Generation", "Measuring"]),
    tests(
      "RefrainCommand",
      [
        "Refrain", "Basics", "Files", "LanguageModel", "Corpora", "Verse", "Models", "Training", "Scoring", "Generation", "Interchange",
        "Inspection",
        system,
      ]),
  ]
)
