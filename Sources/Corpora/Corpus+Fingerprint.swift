internal import Basics

extension Corpus {
  /// A number that tells this corpus from others: a function of the tokens to train on and to validate on, and of the tokenizer, however
  /// they are stored. The same on every machine; the songs for a test do not count.
  ///
  /// It is FNV-1a over 32-bit words (Fowler, Noll and Vo), mixed at the end: against changes, not against forgers. It reads every token.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read, or was written over.
  public func fingerprint() throws(CorpusError) -> UInt64 {
    var hash: TokenHash
    repeat {
      hash = TokenHash()
      try hash.add(training)
      try hash.add(validation ?? Tokens([]))
    } while try !training.isUntouched()
    for byte in tokenizer.jsonData() { hash.add(UInt32(byte)) }
    return hash.value
  }

  /// Returns a hash of the tokens to validate on, so that a change of the held-out songs is noticed. Reads all of these tokens.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read, or was written over.
  public func validationFingerprint() throws(CorpusError) -> UInt64 {
    let tokens = validation ?? Tokens([])
    var hash: TokenHash
    repeat {
      hash = TokenHash()
      try hash.add(tokens)
    } while try !tokens.isUntouched()
    return hash.value
  }
}

private struct TokenHash {
  private var hash = FNV1a()

  mutating func add(_ word: UInt32) { hash.add(UInt64(word)) }

  /// The tokens and how many they are, so that one moved from the end of a part to the beginning of the next is a change.
  mutating func add(_ tokens: Tokens) throws(CorpusError) {
    for block in tokens.blocks {
      for token in try tokens.read(block) { add(UInt32(bitPattern: token)) }
    }
    add(UInt32(truncatingIfNeeded: tokens.count))
  }

  var value: UInt64 {
    // Not all of the mixing, since runs compare it with what older versions saved.
    let mixed = (hash.value ^ (hash.value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 27)
  }
}
