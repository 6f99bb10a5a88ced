import Foundation

// A language model with one layer of LSTM cells, as plainly as it can be written: arrays and loops. It reads a text letter by letter, keeps
// a memory of what it read, and says which letter comes next. Refrain computes the same for many texts at once, and much faster; the tests
// compare the two.

typealias Vector = [Double]
typealias Matrix = [[Double]]

/// All numbers that are learned, for V letters, E numbers a letter and H units. The gradients have the same shape.
struct Parameters {
  /// [V][E]: what the model reads in place of each letter.
  var embedding: Matrix
  /// [4H][E]: Wx. Rows 0..<H belong to gate i, the next H rows to f, then g, then o.
  var inputWeight: Matrix
  /// [4H][H]: Wh, with rows in the same order.
  var stateWeight: Matrix
  /// [4H][1]: b
  var bias: Matrix
  /// [V][H] and [V][1]: from what the units show to a number for each letter.
  var outputWeight: Matrix
  var outputBias: Matrix

  init(letters: Int, width: Int, units: Int, fill: () -> Double) {
    func matrix(_ rows: Int, _ columns: Int) -> Matrix { (0..<rows).map { _ in (0..<columns).map { _ in fill() } } }
    embedding = matrix(letters, width)
    inputWeight = matrix(4 * units, width)
    stateWeight = matrix(4 * units, units)
    bias = matrix(4 * units, 1)
    outputWeight = matrix(letters, units)
    outputBias = matrix(letters, 1)
  }

  static var all: [WritableKeyPath<Parameters, Matrix>] {
    [\.embedding, \.inputWeight, \.stateWeight, \.bias, \.outputWeight, \.outputBias]
  }
}

/// What the cells carry from one letter to the next: c, their memory, and h, what they show of it.
struct State {
  var cell: Vector
  var hidden: Vector
}

/// All that was computed for one letter. The way back needs it again.
struct Moment {
  var letter: Int
  var before: State
  var input, forget, candidate, output: Vector
  var after: State
  /// The probability of each letter to come next.
  var probabilities: Vector
}

struct Lesson {
  let letters: Int, width: Int, units: Int
  var weights: Parameters
  /// G of RMSProp: the running mean of each gradient's square.
  var squares: Parameters

  init(letters: Int, width: Int, units: Int, fill: () -> Double) {
    self.letters = letters
    self.width = width
    self.units = units
    weights = Parameters(letters: letters, width: width, units: units, fill: fill)
    squares = Parameters(letters: letters, width: width, units: units) { 0 }
    for unit in 0..<units {
      for gate in 0..<4 { weights.bias[gate * units + unit][0] = 0 }
      // A cell that forgets nothing at first can learn what is worth keeping.
      weights.bias[units + unit][0] = 1
    }
    for letter in 0..<letters { weights.outputBias[letter][0] = 0 }
  }

  var nothing: State { State(cell: Vector(repeating: 0, count: units), hidden: Vector(repeating: 0, count: units)) }

  // MARK: - Forward: read a letter, and say what comes next

  func read(_ letter: Int, after before: State) -> Moment {
    let x = weights.embedding[letter]
    // z = x Wx + h' Wh + b
    let z = (0..<4 * units).map { row in
      dot(weights.inputWeight[row], x) + dot(weights.stateWeight[row], before.hidden) + weights.bias[row][0]
    }
    var moment = Moment(
      letter: letter, before: before, input: z[0..<units].map(sigmoid), forget: z[units..<2 * units].map(sigmoid),
      candidate: z[2 * units..<3 * units].map { tanh($0) }, output: z[3 * units..<4 * units].map(sigmoid), after: before, probabilities: [])
    for unit in 0..<units {
      let forgotten = moment.forget[unit] * before.cell[unit]  // what to forget: f near 0 erases, near 1 keeps
      let remembered = moment.input[unit] * moment.candidate[unit]  // what to remember: i says how much of g is new memory
      moment.after.cell[unit] = forgotten + remembered
      moment.after.hidden[unit] = moment.output[unit] * tanh(moment.after.cell[unit])  // what to pay attention to now
    }
    let scores = (0..<letters).map { dot(weights.outputWeight[$0], moment.after.hidden) + weights.outputBias[$0][0] }
    let largest = scores.max() ?? 0
    let powers = scores.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    moment.probabilities = powers.map { $0 / sum }
    return moment
  }

  // MARK: - Backward: how the loss changes with each weight

  /// Reads a text that follows on `start`, and goes back through it (back-propagation through time).
  ///
  /// - Returns: the mean loss of a letter in nats, its gradient by each weight, and the state at the end.
  func study(_ text: [Int], from start: State) -> (loss: Double, gradient: Parameters, end: State) {
    var moments: [Moment] = []
    var state = start
    for letter in text.dropLast() {
      let moment = read(letter, after: state)
      moments.append(moment)
      state = moment.after
    }
    var loss = 0.0
    var d = Parameters(letters: letters, width: width, units: units) { 0 }
    // The gradients of h and c, as the letters after this one ask for them.
    var dHidden = nothing.hidden
    var dCell = nothing.cell
    for (time, moment) in moments.enumerated().reversed() {
      let target = text[time + 1]
      loss -= log(moment.probabilities[target]) / Double(moments.count)
      for letter in 0..<letters {
        // The gradient of the loss by a letter's score: its probability, less 1 for the right one.
        let error = (moment.probabilities[letter] - (letter == target ? 1 : 0)) / Double(moments.count)
        d.outputBias[letter][0] += error
        for unit in 0..<units {
          d.outputWeight[letter][unit] += error * moment.after.hidden[unit]
          dHidden[unit] += error * weights.outputWeight[letter][unit]
        }
      }
      var dz = Vector(repeating: 0, count: 4 * units)
      for unit in 0..<units {
        let i = moment.input[unit], f = moment.forget[unit], g = moment.candidate[unit], o = moment.output[unit]
        let shown = tanh(moment.after.cell[unit])
        dCell[unit] += dHidden[unit] * o * (1 - shown * shown)
        dz[unit] = dCell[unit] * g * i * (1 - i)
        dz[units + unit] = dCell[unit] * moment.before.cell[unit] * f * (1 - f)
        dz[2 * units + unit] = dCell[unit] * i * (1 - g * g)
        dz[3 * units + unit] = dHidden[unit] * shown * o * (1 - o)
        // The one line that an LSTM is for: while f is near 1, the gradient goes back through time as it is.
        dCell[unit] *= f
      }
      dHidden = nothing.hidden
      let x = weights.embedding[moment.letter]
      for row in 0..<4 * units {
        d.bias[row][0] += dz[row]
        for k in 0..<width {
          d.inputWeight[row][k] += dz[row] * x[k]
          d.embedding[moment.letter][k] += dz[row] * weights.inputWeight[row][k]
        }
        for k in 0..<units {
          d.stateWeight[row][k] += dz[row] * moment.before.hidden[k]
          dHidden[k] += dz[row] * weights.stateWeight[row][k]
        }
      }
    }
    return (loss, d, state)
  }

  // MARK: - RMSProp: a step against the gradient

  /// G = decay G + (1 - decay) g^2, w = w - rate g / sqrt(G + epsilon). A gradient longer than `longest` is shortened first.
  mutating func step(_ gradient: Parameters, rate: Double, decay: Double = 0.9, epsilon: Double = 1e-8, longest: Double = 5) {
    let length = Parameters.all.reduce(0) { sum, part in
      sum + gradient[keyPath: part].reduce(0) { $0 + dot($1, $1) }
    }.squareRoot()
    let scale = min(1, longest / length)
    for part in Parameters.all {
      for (row, numbers) in gradient[keyPath: part].enumerated() {
        for (column, number) in numbers.enumerated() {
          let g = number * scale
          squares[keyPath: part][row][column] = decay * squares[keyPath: part][row][column] + (1 - decay) * g * g
          weights[keyPath: part][row][column] -= rate * g / (squares[keyPath: part][row][column] + epsilon).squareRoot()
        }
      }
    }
  }
}

func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

func dot(_ a: Vector, _ b: Vector) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}
