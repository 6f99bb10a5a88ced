/// What a heap puts in order.
protocol Ordered {
  /// Whether it comes out before the other; an order without ties makes the heap's order fixed.
  func precedes(_ other: Self) -> Bool
}

/// A binary heap: the first in order comes out first.
struct Heap<Element: Ordered> {
  private var items: [Element] = []

  mutating func push(_ item: Element) {
    items.append(item)
    var child = items.count - 1
    while child > 0, items[child].precedes(items[(child - 1) / 2]) {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let first = items.first else { return nil }
    let last = items.removeLast()
    if items.isEmpty { return first }
    items[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= items.count { return first }
      if child + 1 < items.count, items[child + 1].precedes(items[child]) { child += 1 }
      if !items[child].precedes(items[parent]) { return first }
      items.swapAt(child, parent)
      parent = child
    }
  }
}
