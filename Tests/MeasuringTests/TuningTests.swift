import Foundation
import LanguageModel
import Measuring
import Models
import Testing
import Training

@Suite("Tuning") struct TuningTests {
  static let model = ModelConfiguration(vocabularySize: 40, embeddingSize: 6, hiddenSize: 16, layerCount: 1)

  static func sweep(_ batches: [Int], workers: [Int]? = nil, shards: [Int]? = nil) -> TuningSweep {
    var sweep = TuningSweep(model: model, window: 3, batches: batches)
    sweep.workers = workers
    sweep.shards = shards
    sweep.repetitions = 2
    return sweep
  }

  static func result(_ batch: Int, _ workers: Int, _ shards: Int, _ tokensPerSecond: Double) -> TuningSweep.Result {
    .init(
      batch: batch, workers: workers, shards: shards, stepMilliseconds: 1, tokensPerSecond: tokensPerSecond, tokensPerSecondDeviation: 0,
      speedup: 1, efficiency: 1)
  }

  static func setting(
    _ batch: Int, _ shards: Int, _ workers: Int, model: ModelConfiguration = model, machine: String = "here", preferred: Bool = false
  ) -> TunedSetting {
    TunedSetting(
      machine: machine, model: model, window: 3, batch: batch, shards: shards, workers: workers, tokensPerSecond: 1, isPreferred: preferred)
  }

  // MARK: - The sweep

  @Test func `only settings that can be are tried`() {
    let settings = Self.sweep([12], workers: [1, 2, 5], shards: [1, 2, 5, 6]).settings(batch: 12)
    #expect(settings.map { [$0.workers, $0.shards] } == [[1, 1], [1, 2], [1, 6], [2, 1], [2, 2], [2, 6], [5, 1], [5, 2], [5, 6]])
    for setting in Self.sweep([24]).settings(batch: 24) { #expect(setting.workers >= 1 && 24 % setting.shards == 0) }
    // The shards that train takes are among those tried, also where workers are more.
    #expect(Self.sweep([16], workers: [4]).settings(batch: 16).map { [$0.workers, $0.shards] } == [[4, 2], [4, 4], [4, 8]])
    #expect(TuningSweep.batches(around: 1) == [1, 2, 4])
    for strange in [0, -3, Int.max, Int.min] { #expect(TuningSweep.batches(around: strange) == [strange]) }
    #expect(TuningSweep.batches(around: 16) == [8, 16, 32, 64])
  }

  @Test(
    "nonsense is refused before anything is measured",
    arguments: [
      (sweep(TuningSweep.batches(around: .max)), SettingError.invalid(key: "batch", found: "\(Int.max)", expected: "from 1 to 1048576")),
      (sweep([8], workers: [0]), .invalid(key: "workers", found: "0", expected: "from 1 to 1048576")),
      (sweep([8, -8]), .invalid(key: "batch", found: "-8", expected: "from 1 to 1048576")),
      (sweep([8], shards: [1 << 40]), .invalid(key: "shards", found: "\(1 << 40)", expected: "from 1 to 1048576")),
      (sweep([8, 7], workers: [1], shards: [2]), .batchNotDivisible(batch: 7, shards: 2)),
    ])
  func nonsense(sweep: TuningSweep, error: SettingError) async {
    await #expect(throws: error) { try await sweep.run { _, _ in Issue.record("nothing is to be measured") } }
  }

  @Test func `every setting is measured against one worker`() async throws {
    var told: [[Int]] = []
    let results = try await Self.sweep([4, 6], workers: [1, 2]).run { told.append([$0, $1]) }
    #expect(told == [[4, 5], [6, 4]])
    #expect(
      results.map { [$0.batch, $0.workers, $0.shards] } == [
        [4, 1, 1], [4, 1, 2], [4, 2, 1], [4, 2, 2], [4, 2, 4], [6, 1, 1], [6, 1, 2], [6, 2, 1], [6, 2, 2],
      ])
    for result in results {
      let base = try #require(results.first { $0.batch == result.batch })
      #expect(abs(result.speedup - base.stepMilliseconds / result.stepMilliseconds) < 1e-9)
      #expect(result.efficiency == result.speedup / Double(result.workers))
      #expect(result.tokensPerSecond == Double(result.batch * 3) / result.stepMilliseconds * 1_000)
    }
  }

  @Test func `what is as fast with less is recommended`() {
    let results = [
      Self.result(8, 1, 1, 50), Self.result(8, 2, 2, 98), Self.result(8, 2, 4, 100), Self.result(16, 1, 1, 60),
      Self.result(16, 2, 2, 104), Self.result(32, 2, 2, 200), Self.result(64, 2, 2, 206),
    ]
    let small = results.recommended(batch: 8)
    #expect(small?.workers == 2 && small?.shards == 2, "4 shards are no more than 2 hundredths faster")
    #expect(results.recommended()?.batch == 32, "64 is hardly faster")
    #expect(results.recommended(batch: 7) == nil)
  }

  @Test(
    "the limit is where most of the workers' time is lost",
    arguments: [
      (1, 1, 1.0, 0.0, TuningLimit.arithmetic), (2, 2, 0.93, 0.0, .arithmetic), (2, 2, 0.5, 0.01, .sharedMemory),
      (4, 2, 0.5, 0.01, .shards), (3, 4, 0.7, 0.05, .shards), (8, 8, 0.4, 0.5, .singleThread), (8, 16, 0.6, 0.02, .sharedMemory),
    ])
  func limit(workers: Int, shards: Int, efficiency: Double, alone: Double, limit: TuningLimit) async throws {
    var benchmark = StepBenchmark(name: "tiny", model: Self.model, batchSize: 16, windowLength: 3, workers: 1, shards: 1)
    benchmark.repetitions = 1
    benchmark.measuresBound = false
    var step = try await benchmark.run()
    step.workers = workers
    step.shards = shards
    step.singleThreadFraction = alone
    step.phases = [
      .init(name: "forward", milliseconds: 30), .init(name: "softmax", milliseconds: 20), .init(name: "backward", milliseconds: 50),
    ]
    #expect(TuningLimit(of: step, efficiency: efficiency) == limit)
  }

  @Test("times that differ by more than a quarter say little", arguments: [(0.0, false), (24, false), (26, true), (.infinity, true)])
  func noise(deviation: Double, isNoisy: Bool) {
    var results = [Self.result(8, 1, 1, 50), Self.result(8, 2, 2, 100)]
    results[1].tokensPerSecondDeviation = deviation
    #expect(results.isNoisy == isNoisy)
  }

  // MARK: - What is saved

  @Test func `a setting is for its sizes, batch and machine, and for vocabularies like its own`() {
    let settings = [Self.setting(8, 2, 2), Self.setting(16, 4, 2, preferred: true)]
    func best(_ model: ModelConfiguration = Self.model, window: Int = 3, batch: Int?, machine: String = "here") -> TunedSetting? {
      settings.best(for: model, window: window, batch: batch, machine: machine)
    }
    #expect(best(batch: 8) == settings[0] && best(batch: 16) == settings[1] && best(batch: nil) == settings[1])
    #expect(best(batch: 9) == nil && best(window: 4, batch: 8) == nil && best(batch: 8, machine: "there") == nil)
    for (vocabulary, isFound) in [(19, false), (20, true), (41, true), (80, true), (81, false)] {
      let other = ModelConfiguration(vocabularySize: vocabulary, embeddingSize: 6, hiddenSize: 16, layerCount: 1)
      #expect((best(other, batch: 8) != nil) == isFound)
    }
    #expect(settings.best(for: Self.model, window: 3, batch: 8, machine: "here", products: .openblas) == nil)
    let wider = ModelConfiguration(vocabularySize: 40, embeddingSize: 6, hiddenSize: 17, layerCount: 1)
    #expect(best(wider, batch: 8) == nil)
  }

  @Test(
    "settings that cannot be obeyed are passed over",
    arguments: [(8, 2, 1 << 17), (8, 3, 1), (8, 0, 0), (0, 1, 1), (8, 16, 1), (-8, 2, 2), (8, 2, -1)])
  func impossible(batch: Int, shards: Int, workers: Int) {
    #expect([Self.setting(batch, shards, workers)].best(for: Self.model, window: 3, batch: batch, machine: "here") == nil)
  }

  @Test func `a setting of a vocabulary that no machine counts to is passed over`() {
    var other = Self.model
    for size in [Int.max, Int.max / 2 + 1, -1] {
      other.vocabularySize = size
      #expect([Self.setting(8, 2, 2, model: other)].best(for: Self.model, window: 3, batch: 8, machine: "here") == nil)
    }
  }

  @Test func `what is found takes the place of what was known of it`() {
    let other = ModelConfiguration(vocabularySize: 40, embeddingSize: 6, hiddenSize: 99, layerCount: 1)
    var settings = [
      Self.setting(8, 2, 2), Self.setting(16, 2, 2, preferred: true), Self.setting(8, 2, 2, machine: "there"),
      Self.setting(8, 2, 2, model: other),
    ]
    settings.record([Self.setting(8, 4, 2)])
    #expect(Set(settings) == [Self.setting(8, 4, 2), Self.setting(8, 2, 2, machine: "there"), Self.setting(8, 2, 2, model: other)])
  }

  @Test func `settings are read as they were written, and other files are refused in a sentence`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = TunedSettingsFile(path: folder.path() + "/deep/tuned.json")
    #expect(try file.read().isEmpty)
    let settings = [Self.setting(8, 2, 2), Self.setting(16, 4, 2, preferred: true)]
    try file.write(settings)
    #expect(try file.read() == settings)
    for (text, fault) in [
      ("", "not a file of tuned settings"), ("[]", "not a file of tuned settings"), (#"{"format": 1}"#, "not a file of tuned settings"),
      (#"{"format": 2, "settings": []}"#, "have format 2"), (#"{"format": 1, "settings": [{"batch": "x"}]}"#, "not a file of tuned"),
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
      let error = #expect(throws: TunedSettingsError.self) { try file.read() }
      #expect(error?.description.contains(fault) == true && error?.description.hasPrefix(file.path) == true)
    }
  }
}
