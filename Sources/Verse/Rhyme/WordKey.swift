/// A word as it is looked up: in lower case and normal form C, with straight apostrophes, without punctuation at its edges.
///
/// Apostrophes and hyphens inside stay. An apostrophe at an edge stays too, since it is a part of 'til and runnin'; who looks the word up
/// tries it without the apostrophe next.
public struct WordKey: Hashable, Sendable, CustomStringConvertible {
  /// The normalised word.
  public let text: String

  /// The normalised word.
  public var description: String { text }

  /// Normalises a word; returns nil if nothing of it can be spoken: it has neither letter nor digit, or is longer than a word can be.
  public init?(_ word: String) {
    guard word.utf8.count <= 4 * Self.longest else { return nil }
    var scalars: [Unicode.Scalar] = []
    for scalar in word.composed.lowercased().unicodeScalars {
      switch scalar {
      case "\u{2019}", "\u{2018}", "\u{02BC}", "\u{FF07}": scalars.append("'")
      case "\u{2010}", "\u{2011}": scalars.append("-")
      default: scalars.append(scalar)
      }
    }
    func isSpoken(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .lowercaseLetter, .otherLetter, .modifierLetter, .titlecaseLetter, .uppercaseLetter, .decimalNumber: true
      default: false
      }
    }
    guard var first = scalars.firstIndex(where: isSpoken), var last = scalars.lastIndex(where: isSpoken) else { return nil }
    // Marks belong to the letter before them.
    while last + 1 < scalars.count, scalars[last + 1].properties.generalCategory == .nonspacingMark { last += 1 }
    if first > 0, scalars[first - 1] == "'" { first -= 1 }
    if last + 1 < scalars.count, scalars[last + 1] == "'" { last += 1 }
    guard last - first < Self.longest else { return nil }
    var view = String.UnicodeScalarView()
    for scalar in scalars[first...last] {
      switch scalar.properties.generalCategory {
      // A word has no spaces, and nothing that would end a line of a file.
      case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: return nil
      default: view.append(scalar)
      }
    }
    text = String(view)
  }

  /// The most scalars of a word.
  static let longest = 100

  /// The word without apostrophes at its edges.
  var withoutEdges: String {
    var text = text[...]
    if text.hasPrefix("'") { text.removeFirst() }
    if text.hasSuffix("'") { text.removeLast() }
    return String(text)
  }

  /// Whether a token looks like a word: letters, with apostrophes and hyphens, and at least one letter.
  public static func isWord(_ token: String) -> Bool {
    var letters = 0
    for scalar in token.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter: letters += 1
      case .nonspacingMark, .spacingMark: continue
      default: guard scalar == "'" || scalar == "\u{2019}" || scalar == "-" else { return false }
      }
    }
    return letters > 0 && token.unicodeScalars.count <= longest
  }
}

/// Words for numbers in English.
enum EnglishNumbers {
  private static let small = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

  /// Returns the words of a number as it is spoken; four digits from 1100 to 1999 as a year, and long numbers digit by digit.
  static func words(_ digits: Substring) -> [String] {
    guard let number = Int(digits), digits.count <= 6, digits.count == 1 || !digits.hasPrefix("0") else {
      return digits.compactMap { $0.wholeNumberValue }.filter(small.indices.contains).map { small[$0] }
    }
    if (1_100...1_999).contains(number), number % 100 != 0 {
      let end = number % 100
      return words(below1000: number / 100) + (end < 10 ? ["oh", small[end]] : words(below1000: end))
    }
    if (1_100...1_900).contains(number) { return words(below1000: number / 100) + ["hundred"] }
    let thousands = number / 1_000
    let rest = number % 1_000
    if thousands == 0 { return number == 0 ? [small[0]] : words(below1000: rest) }
    return words(below1000: thousands) + ["thousand"] + (rest > 0 ? words(below1000: rest) : [])
  }

  private static func words(below1000 number: Int) -> [String] {
    let rest = number % 100
    var words = number >= 100 ? [small[number / 100], "hundred"] : []
    if rest >= 20 {
      words.append(tens[rest / 10])
      if rest % 10 > 0 { words.append(small[rest % 10]) }
    } else if rest > 0 {
      words.append(small[rest])
    }
    return words
  }
}
