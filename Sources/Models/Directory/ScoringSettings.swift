private import Basics
private import Files
private import Foundation
private import Kernels
public import LanguageModel
private import SystemPackage

/// The settings that were fitted to a held-out text: `scoring.json` in the model's directory.
///
/// The settings belong to the weights that they were fitted for. They go with the model when another one replaces it, and are ignored once
/// training has changed the weights.
public struct ScoringSettings: Sendable, Hashable {
  /// What logits are divided by.
  public var temperature: Float?
  /// The best cache.
  public var cache: NeuralCache?
  /// The best rates of dynamic evaluation.
  public var adaptation: AdaptationRates?

  /// The temperatures that may be given: beyond these all tokens are alike, or one is certain.
  package static let temperatures: ClosedRange<Float> = 0.01...100

  /// Creates settings of which nothing is fitted.
  public init() {}

  /// Whether nothing was fitted.
  public var isEmpty: Bool { self == ScoringSettings() }

  /// - Throws: `SettingError` for the first value out of range.
  package func check() throws(SettingError) {
    if let temperature, !Self.temperatures.contains(temperature) {
      throw .invalid(key: "temperature", found: "\(temperature)", expected: "from 0.01 to 100")
    }
    try cache?.validate()
    try adaptation?.validate()
  }
}

extension ScoringSettings: Codable {
  private enum CodingKeys: String, CodingKey { case temperature, cache, adaptation }
}

/// The contents of the file: the settings, and a hash of their weights.
private struct ScoringFile: Codable {
  static let format = 1
  /// The most bytes that the file may have.
  static let largest = 1 << 16

  var format = Self.format
  var weights: String
  var settings: ScoringSettings

  /// The format of a later version.
  struct OtherFormat: Error {
    var found: Int
  }

  /// The part of the file that every version has.
  private struct Format: Decodable {
    var format: Int
  }
}

extension ScoringFile {
  /// - Throws: `DecodingError`, or `OtherFormat`.
  init(decoding data: Data) throws {
    // A later version may have other keys.
    let found = try JSONDecoder().decode(Format.self, from: data).format
    guard found == Self.format else { throw OtherFormat(found: found) }
    self = try JSONDecoder().decode(Self.self, from: data)
  }
}

extension ScoringSettings {
  /// What a model directory holds.
  public enum Found: Sendable, Hashable {
    /// Nothing was fitted.
    case nothing
    /// The settings were fitted for these weights.
    case settings(ScoringSettings)
    /// The settings were fitted for other weights of the model, as before more training.
    case otherWeights
  }

  /// Reads the settings in a model directory, which is not trusted.
  ///
  /// - Throws: `FileError`, or `ModelDirectoryError` for a link that leads out of the directory or a file that is not valid.
  public static func find(model directory: String, weights: Weights) throws -> Found {
    let path = FilePath(directory)
    let file = try ModelDirectory.ownFile(path.appending(ModelDirectory.scoringName), in: path)
    guard fileExists(file) else { return .nothing }
    let data = Data(try readFile(file, limit: ScoringFile.largest))
    let found: ScoringFile
    do {
      found = try ScoringFile(decoding: data)
      try found.settings.check()
    } catch let error as DecodingError {
      throw ModelDirectoryError.malformedScoring(path: file.string, fault: error.sentence)
    } catch let error as ScoringFile.OtherFormat {
      throw ModelDirectoryError.otherFormat(path: file.string, expected: ScoringFile.format, found: error.found)
    } catch let error as SettingError {
      throw ModelDirectoryError.malformedScoring(path: file.string, fault: error.description.withoutAdvice)
    }
    return found.weights == weights.fingerprint ? .settings(found.settings) : .otherWeights
  }

  /// Writes the settings to a model directory, whole or not at all.
  ///
  /// - Parameter weights: those that they were fitted for.
  /// - Throws: `FileError`, or `ModelDirectoryError` if the path leads out of the directory.
  public func save(model directory: String, weights: Weights) throws {
    let path = FilePath(directory)
    let file = try ModelDirectory.ownFile(path.appending(ModelDirectory.scoringName), in: path)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(ScoringFile(weights: weights.fingerprint, settings: self))) + [0x0A], to: file)
  }
}

extension Weights {
  /// A hash of all weights, in hexadecimal digits.
  fileprivate var fingerprint: String {
    var hash = FNV1a()
    for entry in layout.entries { for value in values[entry.range] { hash.add(UInt64(value.bitPattern)) } }
    return String(mixed(hash.value), radix: 16)
  }
}
