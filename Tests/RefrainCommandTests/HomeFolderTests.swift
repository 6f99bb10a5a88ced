import Foundation
import Testing

@Suite("Where the user's own files are") struct HomeFolderTests {
  /// The home that the shell has need not be the one that the system knows.
  @Test func `follows HOME, where nothing else says`() async throws {
    let folder = try Folder(), home = folder.url.appending(path: "home").path
    try folder.writeSongs()
    func run(_ arguments: String...) async throws -> Command.Result {
      let environment = ["-u", "XDG_CACHE_HOME", "-u", "XDG_CONFIG_HOME", "HOME=\(home)", Command.executable.path]
      return try await Command.run(executable: "/usr/bin/env", environment + arguments, in: folder)
    }
    let made = try await run("prepare", "--synthetic", "34MB", "--types", "3000", "--out", "large.txt", "--quiet")
    #expect(made.status == 0, "\(made.errors)")
    let plan = try await run("train", "large.txt", "--model", "m", "--max-vocabulary", "300", "--dry-run")
    #expect(plan.status == 0 && plan.errors.contains("the next run takes it from \(home)/.cache/refrain/"), "\(plan.errors)")
    let stores = try FileManager.default.contentsOfDirectory(atPath: home + "/.cache/refrain")
    #expect(stores.count == 1 && stores[0].hasSuffix(".store"))
    let tuned = try await run(
      "tune", "--vocabulary", "50", "--hidden", "8", "--embedding", "8", "--window", "4", "--batch", "4", "--repetitions", "1", "--quiet")
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(folder.has("home/.config/refrain/tuned.json"), "\(tuned.output)")
  }
}
