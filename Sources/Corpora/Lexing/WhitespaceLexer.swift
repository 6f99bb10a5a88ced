/// Cuts a pre-tokenized text at white space, with `<eos>` for each line end and for the end of a last line that has none.
struct WhitespaceLexer: Sequence, IteratorProtocol {
  private let scalars: String.UnicodeScalarView
  private var index: String.Index
  private var isInLine = false

  init(_ text: String) {
    scalars = text.unicodeScalars
    index = scalars.startIndex
  }

  mutating func next() -> String? {
    while index < scalars.endIndex {
      let scalar = scalars[index]
      if scalar == "\n" {
        index = scalars.index(after: index)
        isInLine = false
        return Tokenizer.endOfLineToken
      }
      isInLine = true
      if isSpace(scalar) {
        index = scalars.index(after: index)
        continue
      }
      let start = index
      repeat { index = scalars.index(after: index) } while index < scalars.endIndex && !isSpace(scalars[index])
      return String(scalars[start..<index])
    }
    guard isInLine else { return nil }
    isInLine = false
    return Tokenizer.endOfLineToken
  }

  private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || (9...13).contains(scalar.value) : scalar.properties.isWhitespace
  }
}
