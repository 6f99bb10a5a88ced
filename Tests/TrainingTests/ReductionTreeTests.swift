import Basics
import Kernels
import Testing
import Training

@Suite("The tree of gradients") struct ReductionTreeTests {
  @Test(
    "a range splits at the largest power of two below its length",
    arguments: [(2, 1), (3, 2), (4, 2), (5, 4), (7, 4), (8, 4), (9, 8), (20, 16), (33, 32)])
  func halves(count: Int, size: Int) {
    let (left, right) = ReductionTree.halves(10..<10 + count)
    #expect(left == 10..<10 + size && right == 10 + size..<10 + count)
  }

  @Test("an aligned block has the same tree wherever it is added", arguments: [(8, 4), (16, 4), (16, 8), (12, 4), (20, 4)])
  func blocks(count: Int, size: Int) {
    func leaves(_ range: Range<Int>) -> String {
      if range.count == 1 { return "\(range.lowerBound % size)" }
      let (left, right) = ReductionTree.halves(range)
      return "(\(leaves(left)) \(leaves(right)))"
    }
    func blocks(_ range: Range<Int>) -> [String] {
      if range.count == size { return [leaves(range)] }
      let (left, right) = ReductionTree.halves(range)
      return blocks(left) + blocks(right)
    }
    #expect(Set(blocks(0..<count)).count == 1 && blocks(0..<count).count == count / size)
  }
}
