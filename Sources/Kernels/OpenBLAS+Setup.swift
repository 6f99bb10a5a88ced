private import Synchronization

/// Whether products run one at a time.
private let serialized = Atomic(false)

extension OpenBLAS {
  /// The results of the trials at set-up.
  package struct Setup: Sendable {
    /// The kernel sets that got products wrong, in the order of the trials.
    package var faultyKernels: [String] = []
    /// Whether the kernels in use get all trial products right.
    package var isRight = true
    /// Whether a product gives the same bits while other threads compute products too.
    package var isRepeatable = true
  }

  /// The library's set-up. It runs once, before the first product, since a global's initializer does.
  ///
  /// The trials only decide which kernels are refused and whether products run one at a time: where the library works, results do not
  /// change.
  package static let setup: Setup = {
    chooseKernels()
    if needsSerialProducts(threading) { serialize() }
    var setup = findKernels(from: loadedKernels, fallbacks: runnableKernels, load: load) {
      TrialProduct.all.allSatisfy { $0.isRight(with: multiply(_:_:into:accumulating:)) }
    }
    setup.isRepeatable = isRepeatable(multiply(_:_:into:accumulating:))
    if !setup.isRepeatable, !isSerialized {
      serialize()
      setup.isRepeatable = isRepeatable(multiply(_:_:into:accumulating:))
    }
    return setup
  }()

  /// Whether products run one at a time, since this build of the library cannot run them side by side.
  ///
  /// Several workers still help: gates, softmax and the optimizer's passes run side by side.
  package static var isSerialized: Bool { serialized.load(ordering: .relaxed) }

  /// Whether a build cannot run products side by side, even if the trials pass.
  ///
  /// Sequential and OpenMP builds hand out their work buffers without a lock, so two threads may get the same one. That is rare: some runs
  /// of several hundred thousand products have one wrong product.
  package static func needsSerialProducts(_ threading: Threading) -> Bool { threading != .pthreads }

  /// The address space that OpenBLAS maps for every product that runs at the same time, and for each of its own threads. It keeps the
  /// mapping; where the system refuses it, it asks again without end.
  package static let workBufferBytes = 128 << 20

  private static func serialize() { serialized.store(true, ordering: .relaxed) }

  /// Tries the loaded kernel set and then the fallbacks, until one is right.
  ///
  /// - Parameters:
  ///   - load: loads a kernel set, and returns the name of the set that is loaded then.
  ///   - isRight: tells whether the loaded kernel set gets products right.
  package static func findKernels(
    from loaded: String, fallbacks: [String], load: (String) -> String, isRight: () -> Bool
  ) -> Setup {
    var setup = Setup(), current = loaded, remaining = fallbacks[...]
    func isTried(_ name: String) -> Bool { setup.faultyKernels.contains { $0.uppercased() == name.uppercased() } }
    while !isRight() {
      setup.faultyKernels.append(current)
      // A build that lacks a set loads the one that it prefers, which was tried before.
      repeat {
        guard let name = remaining.popFirst() else {
          setup.isRight = false
          return setup
        }
        if !isTried(name) { current = load(name) }
      } while isTried(current)
    }
    return setup
  }
}
