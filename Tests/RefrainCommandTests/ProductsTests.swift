import Foundation
import Testing

@Suite("The command chooses what computes products") struct ProductsTests {
  static let sizes = ["--embedding", "24", "--hidden", "40", "--window", "8", "--batch", "4", "--quiet", "--min-count", "1"]

  @Test func `the choice is recorded, kept by a resumed run, and changes the last digits only`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let train = ["train", "songs"] + Self.sizes
    for (name, flags) in [("packed", []), ("blas", ["--products", "openblas"]), ("again", ["--products", "openblas", "--workers", "3"])] {
      let trained = try await Command.run(train + ["--model", name, "--steps", "40"] + flags, in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
    }
    #expect(try folder.text("packed/config.json").contains("\"products\" : \"packed\""))
    #expect(try folder.text("blas/config.json").contains("\"products\" : \"openblas\""))
    #expect(try folder.data("blas/model.safetensors") == folder.data("again/model.safetensors"))
    #expect(try folder.data("blas/model.safetensors") != folder.data("packed/model.safetensors"))

    // Half of it, and then the rest without a word on products.
    let half = try await Command.run(train + ["--model", "half", "--steps", "20", "--products", "openblas"], in: folder)
    #expect(half.status == 0, "\(half.errors)")
    let resumed = try await Command.run("train", "--model", "half", "--resume", "--steps", "40", in: folder)
    #expect(resumed.status == 0 && !resumed.errors.contains("warning"), "\(resumed.errors)")
    #expect(try folder.data("half/model.safetensors") == folder.data("blas/model.safetensors"))
    let other = try await Command.run("train", "--model", "half", "--resume", "--steps", "44", "--products", "packed", in: folder)
    #expect(other.status == 0 && other.errors.contains("with products by OpenBLAS alone and resumes on"), "\(other.errors)")

    let evaluations = try await ["packed", "openblas"].asyncMap { kernel in
      try await Command.run("evaluate", "blas", "songs", "--products", kernel, "--json", "--workers", "2", in: folder)
    }
    let losses = try evaluations.map { evaluation in
      let report = try #require(try JSONSerialization.jsonObject(with: Data(evaluation.output.utf8)) as? [String: Any])
      return try #require(report["loss_nats"] as? Double)
    }
    #expect(abs(losses[0] - losses[1]) < 1e-5)
    let one = try await Command.run("evaluate", "blas", "songs", "--products", "openblas", "--json", "--workers", "1", in: folder)
    #expect(one.output == evaluations[1].output)
  }

  @Test func `many texts by OpenBLAS are each what one alone is`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    #expect(try await Command.run(["train", "songs", "--model", "m", "--steps", "20"] + Self.sizes, in: folder).status == 0)
    func generate(_ flags: [String]) async throws -> String {
      let written = try await Command.run(["generate", "m", "--length", "30", "--products", "openblas"] + flags, in: folder)
      #expect(written.status == 0, "\(written.errors)")
      return written.output
    }
    let many = try await generate(["--seed", "5", "--count", "3", "--workers", "2"]).components(separatedBy: "\n---\n\n")
    for (number, text) in many.enumerated() {
      let alone = try await generate(["--seed", "\(5 + number)", "--workers", "\(1 + number)"])
      #expect(alone.trimmingCharacters(in: .newlines) == text.trimmingCharacters(in: .newlines))
    }
    let wrong = try await Command.run("generate", "m", "--products", "blis", in: folder)
    #expect(wrong.status != 0 && wrong.errors.contains("'packed' and 'openblas'") && wrong.errorLines.count == 1, "\(wrong.errors)")
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
