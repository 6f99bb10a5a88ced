import Corpora
import Testing

@Suite("CorpusSplit")
struct CorpusSplitTests {
  func songs(_ range: Range<Int>) -> [Song] {
    range.map { Song(text: "song number \($0)") }
  }

  func parts(_ songs: [Song], _ fraction: Double = 0.1) throws -> (training: [Song], validation: [Song]) {
    guard case .songs(let training, let validation) = CorpusSplit(validationFraction: fraction).parts(of: songs) else {
      throw CorpusError.noPaths
    }
    return (training, validation)
  }

  @Test("About the fraction is held out, in order, and nothing is lost", arguments: [0.1, 0.5, 0.9])
  func fraction(fraction: Double) throws {
    let all = songs(0..<2_000)
    let (training, validation) = try parts(all, fraction)
    #expect(Set(training).union(validation) == Set(all))
    #expect(training.count + validation.count == all.count)
    #expect(training == all.filter(Set(training).contains))
    // Four standard deviations of 2,000 draws are at most 90.
    #expect(abs(Double(validation.count) - 2_000 * fraction) < 90)
  }

  @Test("Adding songs moves none")
  func stable() throws {
    let few = try parts(songs(0..<500))
    let many = try parts(songs(0..<2_000))
    #expect(Set(few.training).isSubset(of: many.training))
    #expect(Set(few.validation).isSubset(of: many.validation))
  }

  @Test("The hash is the same on every machine, and does not see case or white space")
  func hash() {
    #expect(CorpusSplit.hash(of: "") == CorpusSplit.hash(of: " \n"))
    #expect(CorpusSplit.hash(of: " Oh  my\nlove ") == CorpusSplit.hash(of: "oh MY\u{A0}love"))
    #expect(CorpusSplit.hash(of: "oh my love") != CorpusSplit.hash(of: "ohmy love"))
    #expect(CorpusSplit.hash(of: "oh my love") == 0x8D08_AC0C_291D_B531)
  }

  @Test("Copies of a song go to the same side")
  func copies() throws {
    let all = songs(0..<100) + songs(0..<100).map { Song(text: "  " + $0.text.uppercased() + "\n") }
    let (training, validation) = try parts(all, 0.3)
    #expect(Set(training.map { CorpusSplit.hash(of: $0.text) }).isDisjoint(with: validation.map { CorpusSplit.hash(of: $0.text) }))
    #expect(validation.count.isMultiple(of: 2))
  }

  @Test("Neither side is empty, from ten songs on", arguments: [1e-9, 0.999_999])
  func neverEmpty(fraction: Double) throws {
    let all = songs(0..<10)
    let (training, validation) = try parts(all, fraction)
    #expect(min(training.count, validation.count) == 1)
    let smallest = all.min { CorpusSplit.hash(of: $0.text) < CorpusSplit.hash(of: $1.text) }
    #expect(validation.contains { $0 == smallest })
  }

  @Test("Fewer than ten songs, or copies of one, are split by their tokens", arguments: [9, 1])
  func contiguous(count: Int) {
    #expect(CorpusSplit(validationFraction: 0.1).parts(of: songs(0..<count)) == .contiguous)
    #expect(CorpusSplit(validationFraction: 0.1).parts(of: Array(repeating: Song(text: "a"), count: 20)) == .contiguous)
  }
}
