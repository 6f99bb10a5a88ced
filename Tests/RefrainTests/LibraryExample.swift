// What README.md shows of the library: LibraryTests checks that it shows these lines, and runs them.
// snippet begins
import Refrain

func writeSong(after lyrics: String, savingTo directory: String) async throws -> String {
  let corpus = try Corpus(reading: [lyrics])
  var configuration = Preset.small.configuration
  configuration.epochs = 5
  let trainer = try Trainer(corpus: corpus, configuration: configuration)
  try await trainer.train { event in
    if case .metrics(let line) = event { print(line.kind, line.step, line.perplexity) }
  }
  let model = await trainer.model
  try model.save(to: directory)
  return try model.generate(prompt: "The river", length: 100, seed: 7)
}
// snippet ends
