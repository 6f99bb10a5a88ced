private import Synchronization

/// Whether products run one at a time.
private let serialized = Atomic(false)
/// Whether each product runs with one OpenMP thread.
private let oneThreadPerProduct = Atomic(false)
/// Whether set-up may change OpenBLAS.
private let policy = Mutex(OpenBLAS.Policy())

extension OpenBLAS {
  /// The results of the trials at set-up.
  package struct Setup: Sendable {
    /// The kernel sets that got products wrong, in the order of the trials.
    package var faultyKernels: [String] = []
    /// Whether the kernels in use get all trial products right.
    package var isRight = true
    /// Whether a product gives the same bits while other threads compute products too.
    package var isRepeatable = true
    /// Whether set-up changed nothing because the host program requested that.
    package var isLeftAlone = false
  }

  /// Decides whether set-up may change OpenBLAS. The decision is final once set-up has begun.
  package struct Policy: Sendable {
    private var isLeftAlone = false
    private var isFinal = false

    package init() {}

    /// Requests that set-up change nothing.
    ///
    /// - Returns: whether the request is granted: false if set-up began before the first request.
    package mutating func leaveAlone() -> Bool {
      if !isFinal { isLeftAlone = true }
      return isLeftAlone
    }

    /// Returns the decision, which no later request changes.
    package mutating func decide() -> Bool {
      isFinal = true
      return isLeftAlone
    }
  }

  /// Makes set-up change nothing. Returns false if set-up began before the first such request.
  package static func leaveAlone() -> Bool { policy.withLock { $0.leaveAlone() } }

  /// Runs the set-up if it has not run yet.
  package static func prepare() { _ = setup }

  /// The library's set-up. It runs once, before the first product, since a global's initializer does.
  ///
  /// The trials only decide which kernels are refused and whether products run one at a time: where the library works, results do not
  /// change.
  package static let setup = setUp(.installed, isLeftAlone: policy.withLock { $0.decide() })

  /// Chooses kernels and one thread per product, and tries whether products are right.
  ///
  /// Kernels, environment and thread count belong to the whole process, so each is changed only if it differs from what is needed. The
  /// kernels are switched before the first trial that runs on several threads.
  ///
  /// - Parameter isLeftAlone: true changes none of them. The trials still run and are reported, and products run one at a time if
  ///   OpenBLAS uses several threads: several products at once would have more threads than there are cores.
  package static func setUp(_ library: OpenBLASCalls, isLeftAlone: Bool) -> Setup {
    if !isLeftAlone {
      let found = library.loadedKernels()
      let preferred = preferredKernels(found: found, avx512: library.avx512, userChoice: library.userChoice)
      if let preferred, preferred.uppercased() != found.uppercased() { library.switchKernels(preferred) }
    }
    // The workers are the parallelism, and OpenBLAS's own threads would compete with them for the cores.
    if let useOneThreadPerProduct = library.useOneThreadPerProduct {
      // Otherwise an OpenMP library would use the count of the thread that computes, which differs between threads.
      useOneThreadPerProduct()
    } else if !isLeftAlone, library.threads() != 1 {
      library.setThreads(1)
    }
    var isSerialized = needsSerialProducts(library.threading) || (isLeftAlone && library.threads() != 1)
    if isSerialized { library.serialize() }
    var setup = findKernels(
      from: library.loadedKernels(), fallbacks: isLeftAlone ? [] : library.runnableKernels,
      load: { name in
        library.switchKernels(name)
        return library.loadedKernels()
      }, isRight: library.isRight)
    setup.isLeftAlone = isLeftAlone
    setup.isRepeatable = library.isRepeatable()
    if !setup.isRepeatable, !isSerialized {
      isSerialized = true
      library.serialize()
      setup.isRepeatable = library.isRepeatable()
    }
    return setup
  }

  /// Whether products run one at a time, because this build cannot run them side by side or because each uses several OpenBLAS threads.
  ///
  /// Several workers still help: gates, softmax and the optimizer's passes run side by side.
  package static var isSerialized: Bool { serialized.load(ordering: .relaxed) }

  static func serialize() { serialized.store(true, ordering: .relaxed) }

  /// Whether a product sets OpenMP's count for its thread to 1, and restores it afterwards.
  static var usesOneThreadPerProduct: Bool { oneThreadPerProduct.load(ordering: .relaxed) }

  static func useOneThreadPerProduct() { oneThreadPerProduct.store(true, ordering: .relaxed) }

  /// Whether a build cannot run products side by side, even if the trials pass.
  ///
  /// Sequential and OpenMP builds hand out their work buffers without a lock, so two threads may get the same one. That is rare: some runs
  /// of several hundred thousand products have one wrong product.
  package static func needsSerialProducts(_ threading: Threading) -> Bool { threading != .pthreads }

  /// The address space that OpenBLAS maps for every product that runs at the same time, and for each of its own threads. It keeps the
  /// mapping; where the system refuses it, it asks again without end.
  package static let workBufferBytes = 128 << 20

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
