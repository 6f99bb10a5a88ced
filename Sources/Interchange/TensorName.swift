/// A tensor's name in a state_dict, without what wrappers around modules add to it.
struct TensorName {
  /// The names under which modules hold a module that they wrap: `DataParallel`, weight dropout and averages of weights; `torch.compile`.
  private static let wrappers: Set<Substring> = ["module", "_orig_mod"]

  /// The name without wrappers, and without the `_raw` that weight dropout adds.
  let path: String
  /// Whether weight dropout keeps the tensor: the weights themselves, of which it drops some for each pass.
  let isRaw: Bool

  init(_ name: String) {
    isRaw = name.hasSuffix("_raw")
    path = name.dropLast(isRaw ? 4 : 0).split(separator: ".", omittingEmptySubsequences: false).filter { !Self.wrappers.contains($0) }
      .joined(separator: ".")
  }

  private var end: String.Index { path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex }

  /// The names of the modules around the tensor, with a dot after each.
  var owner: Substring { path[..<end] }
  /// The name inside the innermost module.
  var last: Substring { path[end...] }

  /// The path of the embedding that a module for embedding dropout, as in AWD-LSTM and fastai, holds a second time; nil for other tensors.
  var embeddingOfDropout: String? {
    for suffix in ["encoder_dp.emb.weight", "encoder_with_dropout.embed.weight"] where path == suffix || path.hasSuffix("." + suffix) {
      return path.dropLast(suffix.count) + "encoder.weight"
    }
    return nil
  }

  /// Whether it is the matrix or the bias of a layer of a QRNN.
  var isOfQuasiRecurrentLayer: Bool {
    let modules = owner.split(separator: ".")
    return modules.last == "linear" && modules.contains { $0.lowercased().contains("rnn") }
  }
}
