import Files
import Foundation
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing

@Suite("What is fitted for a model") struct ScoringSettingsTests {
  private static func folder() throws -> FilePath {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("scoring-\(UUID().uuidString)")
    try makeDirectories(path)
    return path
  }

  private static let weights = Weights(ModelConfiguration(vocabularySize: 5, embeddingSize: 3, hiddenSizes: [4]), seed: 1)

  private static var settings: ScoringSettings {
    var settings = ScoringSettings()
    settings.temperature = 1.25
    settings.cache = NeuralCache(size: 500, flatness: 0.75, weight: 0.125)
    return settings
  }

  @Test func `it is read as it was written, for the same weights alone`() throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    #expect(try ScoringSettings.find(model: folder.string, weights: Self.weights) == .nothing)
    try Self.settings.save(model: folder.string, weights: Self.weights)
    #expect(try ScoringSettings.find(model: folder.string, weights: Self.weights) == .settings(Self.settings))
    for index in Self.weights.layout.entries.map(\.range.lowerBound) {
      var others = Self.weights
      others.values[index] = others.values[index].nextUp
      #expect(try ScoringSettings.find(model: folder.string, weights: others) == .otherWeights)
    }
  }

  @Test(
    "what was not written by Refrain is refused",
    arguments: [
      ("1.25", "0", "\"temperature\""), ("1.25", "-1", "\"temperature\""), ("1.25", "1e999", "out of range"),
      ("1.25", "\"a\"", "\"settings.temperature\""), ("500", "0", "\"cache_size\""), ("500", "5.5", "out of range"),
      ("0.75", "-1", "\"cache_flatness\""), ("0.125", "1", "\"cache_weight\""),
      ("\"format\" : 1", "\"format\" : 2", "format 2, but this version reads formats up to 1"), ("{", "", "not valid JSON"),
      ("\"weights\"", "\"weight\"", "the key \"weights\" is missing"),
    ])
  func malformed(old: String, new: String, message: String) throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    try Self.settings.save(model: folder.string, weights: Self.weights)
    let file = folder.appending("scoring.json"), text = String(decoding: try readFile(file, limit: 10_000), as: UTF8.self)
    #expect(text.contains(old))
    try AtomicFile.write(Array(text.replacing(old, with: new).utf8), to: file)
    let error = #expect(throws: ModelDirectoryError.self) { try ScoringSettings.find(model: folder.string, weights: Self.weights) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
  }

  @Test func `a link out of the model directory is not followed`() throws {
    let folder = try Self.folder(), other = try Self.folder()
    defer { for path in [folder, other] { try? removeTree(path) } }
    try Self.settings.save(model: other.string, weights: Self.weights)
    try FileManager.default.createSymbolicLink(
      atPath: folder.appending("scoring.json").string, withDestinationPath: other.appending("scoring.json").string)
    #expect(throws: ModelDirectoryError.self) { try ScoringSettings.find(model: folder.string, weights: Self.weights) }
    #expect(throws: ModelDirectoryError.self) { try Self.settings.save(model: folder.string, weights: Self.weights) }
  }
}
