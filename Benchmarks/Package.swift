// swift-tools-version: 6.2
import PackageDescription

// Apart from the library, so that nobody who uses it builds a benchmark framework.
let package = Package(
  name: "refrain-benchmarks",
  dependencies: [
    .package(name: "refrain", path: ".."),
    // Without its counters of allocations, which need libraries of their own and read 0 where these are missing: `./allocations` counts.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "RefrainBenchmarks",
      dependencies: [
        .product(name: "Refrain", package: "refrain"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/RefrainBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ]
)
