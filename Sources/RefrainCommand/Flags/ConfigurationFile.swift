internal import Basics
internal import Files
internal import Foundation
internal import Models
internal import Refrain
internal import SystemPackage

extension ConfigurationFlags {
  /// The keys that the file of `--config` sets; none without a file.
  ///
  /// - Throws: `FileError`, or `ConfigurationFileError` for a file that is not a JSON object.
  func fileKeys() throws -> Set<String> {
    guard let config else { return [] }
    let data = Data(try readFile(FilePath(config), limit: ModelDirectory.largestConfiguration))
    guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw ConfigurationFileError.notObject(path: config)
    }
    return Set((object["training"] as? [String: Any] ?? object).keys)
  }
}

extension TrainingConfiguration {
  /// Replaces what a JSON file has keys for: either the settings themselves, or a model's `config.json`, which has them under "training".
  mutating func update(fromFile path: String) throws {
    struct Settings: DecodableWithConfiguration {
      var result: TrainingConfiguration
      init(from decoder: any Decoder, configuration: TrainingConfiguration) throws {
        result = configuration
        try result.update(from: decoder)
      }
    }
    let data = Data(try readFile(FilePath(path), limit: ModelDirectory.largestConfiguration))
    do {
      guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw ConfigurationFileError.notObject(path: path)
      }
      let settings = object["training"] as? [String: Any] ?? object
      if let key = settings.keys.sorted().first(where: { !Self.keys.contains($0) }) {
        throw ConfigurationFileError.unknownKey(path: path, key: key, known: Self.keys)
      }
      let plain = try JSONSerialization.data(withJSONObject: settings)
      self = try JSONDecoder().decode(Settings.self, from: plain, configuration: self).result
      for key in settings.keys.sorted() { try TrainingSetting.named(key)?.check(self) }
    } catch let error as DecodingError {
      throw ConfigurationFileError.malformed(path: path, fault: error.sentence)
    } catch let error as SettingError {
      throw ConfigurationFileError.malformed(path: path, fault: error.description.withoutAdvice)
    } catch let error as ConfigurationFileError {
      throw error
    } catch {
      throw ConfigurationFileError.malformed(path: path, fault: "it is not valid JSON")
    }
  }
}

/// What can be wrong with `--config`.
enum ConfigurationFileError: Error, Equatable, CustomStringConvertible {
  case notObject(path: String)
  case unknownKey(path: String, key: String, known: [String])
  case malformed(path: String, fault: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .notObject(let path): "\(path): a configuration is one JSON object, but this is none; see a model's config.json for an example."
    case .unknownKey(let path, let key, let known):
      "\(path): the key \"\(key)\" is not one of \(whole: known.joined(separator: ", ")); correct or remove it."
    case .malformed(let path, let fault): "\(path): not a configuration, \(whole: fault); correct it."
    }
  }
}
