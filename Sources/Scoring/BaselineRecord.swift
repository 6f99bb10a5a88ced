package import Corpora
private import Files
private import Foundation
private import Models
package import SystemPackage

/// What n-gram models make of the held-out songs of a run: `baselines.json` in its model directory.
///
/// A network that predicts no better than these has learned nothing that counting does not give.
package struct BaselineRecord: Sendable, Hashable, Codable {
  /// The result of one n-gram model.
  package struct Loss: Sendable, Hashable, Codable {
    /// n: 1 for the unigram model.
    package var order: Int
    /// Mean cross-entropy in nats per predicted token.
    package var lossNats: Double

    package init(order: Int, lossNats: Double) {
      self.order = order
      self.lossNats = lossNats
    }

    /// The name for people to read.
    package var name: String { order == 1 ? "unigram model" : "\(order)-gram model" }

    private enum CodingKeys: String, CodingKey { case order, lossNats = "loss_nats" }
  }

  /// `Corpus.fingerprint()` of the songs that were counted and predicted, in hexadecimal digits.
  package var corpus: String
  /// Tokens that were counted.
  package var trainingTokens: Int
  /// Tokens that were predicted.
  package var heldOutTokens: Int
  /// The models, shortest n-grams first.
  package var losses: [Loss]
  private var format = Self.format

  private enum CodingKeys: String, CodingKey {
    case corpus, trainingTokens = "training_tokens", heldOutTokens = "held_out_tokens", losses, format
  }

  private static let format = 1
  /// The memory that a distinct n-gram takes while it is counted, in bytes.
  package static let bytesPerNGram = 60
  /// The most bytes that the file may have.
  private static let largestFile = 1 << 16

  /// Counts a unigram and an n-gram model on songs, and predicts others with them; every token but the first is predicted.
  ///
  /// Memory is some ``bytesPerNGram`` a distinct n-gram, of which there are at most n for each token.
  ///
  /// - Parameters:
  ///   - corpus: the fingerprint of both.
  ///   - order: n, from 2 to 8.
  /// - Precondition: there are at least two tokens to predict, and all tokens are of the vocabulary.
  package init(counting training: [TokenID], predicting heldOut: [TokenID], vocabularySize: Int, order: Int = 3, corpus: UInt64) {
    precondition(heldOut.count > 1, "the first token is not predicted")
    self.corpus = String(corpus, radix: 16)
    trainingTokens = training.count
    heldOutTokens = heldOut.count - 1
    losses = [1, order].map { order in
      let model = KneserNeyModel(order: order, tokens: training, vocabularySize: vocabularySize)
      let nats = model.nats(of: heldOut, in: [0..<heldOut.count]).compactMap { $0 }
      return Loss(order: order, lossNats: nats.reduce(0, +) / Double(nats.count))
    }
  }

  /// Whether the record is of a corpus with this fingerprint.
  package func isOf(corpus fingerprint: UInt64) -> Bool { corpus == String(fingerprint, radix: 16) }

  // MARK: - The file

  /// Reads the record in a model directory, which is not trusted; returns nil if there is none.
  ///
  /// - Throws: `FileError` or `ModelDirectoryError`.
  package init?(model directory: FilePath) throws {
    let file = try ModelDirectory.ownFile(directory.appending(ModelDirectory.baselinesName), in: directory)
    guard fileExists(file) else { return nil }
    let data = Data(try readFile(file, limit: Self.largestFile))
    guard let record = try? JSONDecoder().decode(Self.self, from: data), record.format == Self.format,
      record.trainingTokens >= 0, record.heldOutTokens > 0, record.losses.count <= 8,
      record.losses.allSatisfy({ (1...8).contains($0.order) && $0.lossNats.isFinite && $0.lossNats >= 0 })
    else { throw ModelDirectoryError.malformed(path: file.string, fault: "it is no record of n-gram models") }
    self = record
  }

  /// Writes the record to a model directory.
  ///
  /// - Throws: `FileError` or `ModelDirectoryError`.
  package func write(model directory: FilePath) throws {
    let file = try ModelDirectory.ownFile(directory.appending(ModelDirectory.baselinesName), in: directory)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(self)) + [0x0A], to: file)
  }
}
