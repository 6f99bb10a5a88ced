internal import LanguageModel
internal import Models

/// The tensors of the recurrent layers.
struct Cells {
  var sources: [Parameter: [SafetensorsHeader.Tensor]] = [:]
  var names: Set<String> = []
  var inputSize = 0
  var hiddenSizes: [Int] = []
  var cell = RecurrentCell.lstm
  var isNormalized: Bool { sources.keys.contains(where: \.isOfNormalization) }
  var outputSize: Int { hiddenSizes[hiddenSizes.count - 1] }

  init(_ tensors: [SafetensorsHeader.Tensor], path: String) throws(InterchangeError) {
    var module: Substring?, layerCount = 0, isList = false
    // Weight dropout keeps the weights beside the copy that it drops some of.
    let kept = Set(tensors.map { TensorName($0.name) }.filter(\.isRaw).map(\.path))
    var found: [String: String] = [:]
    for tensor in tensors {
      let name = TensorName(tensor.name)
      guard let (kind, number) = Self.kind(name.last) else { continue }
      guard let number else { throw .unsupported(path: path, tensor: tensor.name, what: "a network \(kind)") }
      if !name.isRaw, kept.contains(name.path) {
        names.insert(tensor.name)
        continue
      }
      if let other = found.updateValue(tensor.name, forKey: name.path) { throw .twice(path: path, tensors: [other, tensor.name]) }
      // lstm.2.weight_ih_l0 is of the third of a list of modules with a layer each.
      var owner = name.owner, layer = number
      let place = Self.place(in: owner)
      if let place, layer == 0, module == nil || isList {
        owner = place.list
        layer = place.number
        isList = true
      }
      if module == nil { module = owner }
      guard module == owner else { throw .unsupported(path: path, tensor: tensor.name, what: "a second recurrent network") }
      let parameter: Parameter =
        switch kind {
        case "weight_ih": .inputWeight(layer: layer)
        case "weight_hh": .recurrentWeight(layer: layer)
        case "gain_ih": .inputGain(layer: layer)
        case "gain_hh": .recurrentGain(layer: layer)
        case "gain_c": .cellGain(layer: layer)
        case "bias_c": .cellBias(layer: layer)
        default: .bias(layer: layer)
        }
      sources[parameter, default: []].append(tensor)
      names.insert(tensor.name)
      layerCount = max(layerCount, layer + 1)
    }
    guard let module else {
      if let tensor = tensors.first(where: { TensorName($0.name).isOfQuasiRecurrentLayer }) {
        throw .unsupported(path: path, tensor: tensor.name, what: "a quasi-recurrent network (QRNN)")
      }
      throw .noLayers(path: path)
    }
    for layer in 0..<layerCount {
      for (parameter, name) in [(Parameter.inputWeight(layer: layer), "weight_ih_l"), (.recurrentWeight(layer: layer), "weight_hh_l")]
      where sources[parameter] == nil {
        throw .missing(path: path, tensor: isList ? "\(module)\(layer).\(name)0" : "\(module)\(name)\(layer)")
      }
    }
    for layer in 0..<layerCount {
      guard let input = sources[.inputWeight(layer: layer)]?.first, let recurrent = sources[.recurrentWeight(layer: layer)]?.first,
        recurrent.shape.count == 2, input.shape.count == 2
      else { throw .noLayers(path: path) }
      // A size that no model has must not get as far as a product.
      if let size = (recurrent.shape + input.shape).first(where: { !(1...4 * ModelConfiguration.largestSize).contains($0) }) {
        throw .mismatch(path: path, tensor: recurrent.name, expected: "of sizes from 1 up", found: "of size \(size)")
      }
      let hiddenSize = recurrent.shape[1]
      if layer == 0 { inputSize = input.shape[1] }
      hiddenSizes.append(hiddenSize)
      // The shapes of the other layers are checked against those of such cells.
      if layer == 0 { cell = RecurrentCell.allCases.first { $0.gateCount * hiddenSize == recurrent.shape[0] } ?? .lstm }
    }
  }

  /// The list and the place in it of a module whose name, with a dot at its end, is a number; nil for other modules.
  private static func place(in module: Substring) -> (list: Substring, number: Int)? {
    let name = module.dropLast(), dot = name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex
    guard let number = number(name[dot...]) else { return nil }
    return (name[..<dot], number)
  }

  /// The number of a layer: no more than a model may have, so that a name cannot ask for memory.
  private static func number(_ text: Substring) -> Int? {
    Int(text).flatMap { (0..<ModelConfiguration.mostLayers).contains($0) && "\($0)" == text ? $0 : nil }
  }

  /// The kind of tensor that a name stands for, and its layer. The layer is nil for networks that are not supported. Returns nil for other
  /// names.
  private static func kind(_ name: Substring) -> (kind: String, layer: Int?)? {
    if name.hasPrefix("weight_hr_l") { return ("with a projection (proj_size)", nil) }
    for kind in ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "gain_ih", "gain_hh", "gain_c", "bias_c"] where name.hasPrefix(kind + "_l")
    {
      let rest = name.dropFirst(kind.count + 2)
      if rest.hasSuffix("_reverse") { return ("in two directions", nil) }
      if let layer = number(rest) { return (kind, layer) }
    }
    return nil
  }
}

extension Parameter {
  /// Whether only a layer with layer normalisation has it.
  var isOfNormalization: Bool {
    switch self {
    case .inputGain, .recurrentGain, .cellGain, .cellBias: true
    default: false
    }
  }
}
