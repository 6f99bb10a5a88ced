extension Corpus {
  /// A number that tells this corpus from others: a function of the tokens to train on and to validate on, and of the tokenizer, however
  /// they are stored. The same on every machine; the songs for a test do not count.
  ///
  /// It is FNV-1a over 32-bit words (Fowler, Noll and Vo), mixed at the end: against changes, not against forgers. It reads every token.
  public var fingerprint: UInt64 {
    var hash = TokenHash()
    hash.add(training)
    hash.add(validation ?? Tokens([]))
    for byte in tokenizer.jsonData() { hash.add(UInt32(byte)) }
    return hash.value
  }
}

private struct TokenHash {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ word: UInt32) { hash = (hash ^ UInt64(word)) &* 0x0000_0100_0000_01B3 }

  /// The tokens and how many they are, so that one moved from the end of a part to the beginning of the next is a change.
  mutating func add(_ tokens: Tokens) {
    var count: UInt32 = 0
    for token in tokens {
      add(UInt32(bitPattern: token))
      count &+= 1
      // What was read of a mapped store is not kept.
      if count.isMultiple(of: 4 << 20) { tokens.forgetPages() }
    }
    add(count)
    tokens.forgetPages()
  }

  var value: UInt64 {
    let mixed = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 27)
  }
}
