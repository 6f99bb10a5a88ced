package import Corpora

/// What a line of a song should be: its syllables and the word that it ends with.
package struct LineGoal: Sendable {
  /// Nil: any number of syllables.
  package var syllables: ClosedRange<Int>?
  package var ending = Ending.any
  /// Whether the last word may stand by itself after a mark, as in "oh, no": where it must rhyme, such words come too easily.
  package var mayEndAfterMark: Bool {
    if case .any = ending { true } else { false }
  }

  package init(syllables: ClosedRange<Int>? = nil, ending: Ending = .any) {
    self.syllables = syllables
    self.ending = ending
  }

  /// What the last word should be.
  package enum Ending: Sendable {
    case any
    /// A word that other lines can rhyme with: of a class in which enough words are left.
    case rhymable(classes: Set<Int32>, excluding: Set<Int32>)
    /// A word of a rhyme class, none that sounds like one of those before.
    case rhyme(class: Int32, excluding: Set<Int32>)
  }

  /// Whether a word may end the line, whatever the syllables.
  package func mayEnd(with token: TokenID, _ sounds: TokenSounds) -> Bool {
    let index = Int(token)
    if sounds.kinds[index] != .word { return false }
    return switch ending {
    case .any: true
    case .rhymable(let classes, let excluded): classes.contains(sounds.classes[index]) && !excluded.contains(sounds.homophones[index])
    // What has no class has number -1.
    case .rhyme(let wanted, let excluded): wanted >= 0 && sounds.classes[index] == wanted && !excluded.contains(sounds.homophones[index])
    }
  }
}

/// Which words a line may go on with, by the syllables that it has, so that its goal can still be met.
package struct SyllableBudget: Sendable {
  /// The most words of a line without a number of syllables.
  private static let mostWords = 40

  /// The syllables after which a line may end, with a word that may end it.
  private let range: ClosedRange<Int>
  /// By the syllables of a line: whether it can still be brought to an end.
  private let canFinish: [Bool]
  /// By the syllables of a line: whether two more words still fit.
  private let canGoOn: [Bool]
  /// The words that may end the line, by token.
  package let mayEnd: [Bool]
  /// ``LineGoal/mayEndAfterMark``.
  package let mayEndAfterMark: Bool

  /// Nil if no line can meet the goal.
  package init?(_ goal: LineGoal, _ sounds: TokenSounds) {
    range = goal.syllables ?? 1...Self.mostWords * 2
    let mayEnd = sounds.kinds.indices.map { goal.mayEnd(with: TokenID($0), sounds) }
    self.mayEnd = mayEnd
    mayEndAfterMark = goal.mayEndAfterMark
    var last = [Bool](repeating: false, count: range.upperBound + 1)
    for index in mayEnd.indices where mayEnd[index] {
      let count = Int(sounds.syllables[index])
      if count < last.count { last[count] = true }
    }
    // From the longest line back: it ends with this word, or goes on with any other.
    let most = range.upperBound, range = range
    var finishes = [Bool](repeating: false, count: most + 1)
    for used in stride(from: most - 1, through: 0, by: -1) {
      finishes[used] = (1...most - used).contains { more in
        let continues = more < sounds.hasSyllables.count && sounds.hasSyllables[more] && finishes[used + more]
        return continues || last[more] && range.contains(used + more)
      }
    }
    canFinish = finishes
    canGoOn = (0...most).map { used in
      (1..<sounds.hasSyllables.count).contains { sounds.hasSyllables[$0] && used + $0 <= most && finishes[used + $0] }
    }
    if !finishes[0] { return nil }
  }

  /// Whether a word of `more` syllables may follow in a line of `used`.
  package func allows(_ more: Int, after used: Int, isEnding: Bool) -> Bool {
    let total = used + more
    guard total <= range.upperBound else { return false }
    return canFinish[total] || isEnding && range.contains(total)
  }

  /// Whether a mark may follow in a line that may not end yet. If the last word may not stand alone after a mark, two more words must still
  /// fit.
  package func allowsMark(after used: Int) -> Bool { mayEndAfterMark || canGoOn[used] }

  /// Whether a line of `used` syllables may end.
  package func allowsEnd(after used: Int) -> Bool { range.contains(used) }
}
