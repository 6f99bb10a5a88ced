import Foundation

// swift run -c release Lesson
// Learns a chorus by heart, and shows how.

let text = """
  Leave the radio low,
  Leave the radio low,
  Step on my feet if you want to, and slow,
  One tile for a ballroom, one bulb for a glow,
  Oh, leave the radio low.

  """

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same numbers on every machine.
struct Random {
  var state: UInt64

  /// A number from 0 to 1.
  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ z >> 31) >> 11) * 0x1p-53
  }
}

let alphabet = Array(Set(text)).sorted()
let numbers = text.compactMap { alphabet.firstIndex(of: $0) }
let window = 25
var random = Random(state: 1)
var lesson = Lesson(letters: alphabet.count, width: 16, units: 48) { (2 * random.next() - 1) * 0.15 }

let guessing = String(format: "%.3f", log(Double(alphabet.count)))
print("\(numbers.count) letters, \(alphabet.count) of them different. Guessing costs \(guessing) nats a letter.")
for pass in 1...120 {
  var state = lesson.nothing
  var sum = 0.0
  var windows = 0
  for start in stride(from: 0, to: numbers.count - 1, by: window) {
    let result = lesson.study(Array(numbers[start..<min(start + window + 1, numbers.count)]), from: state)
    lesson.step(result.gradient, rate: 0.003)
    state = result.end
    sum += result.loss
    windows += 1
  }
  guard [1, 2, 5, 10, 20, 40, 60, 80, 100, 120].contains(pass) else { continue }
  // It writes: each letter is drawn by its probability, and read in its turn.
  var written = ""
  var letter = numbers[0]
  state = lesson.nothing
  while written.count < 60 {
    written.append(alphabet[letter] == "\n" ? "/" : alphabet[letter])
    let moment = lesson.read(letter, after: state)
    state = moment.after
    var chance = random.next()
    for (next, probability) in moment.probabilities.enumerated() where chance >= 0 {
      chance -= probability
      letter = next
    }
  }
  print("pass \(pass): loss \(String(format: "%.3f", sum / Double(windows))) nats a letter. It writes: \(written)")
}
