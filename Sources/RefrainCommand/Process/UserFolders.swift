internal import Foundation
internal import Refrain

/// What ~ stands for in a shell, which need not be the home of the user that the system knows.
var homeFolder: String {
  ProcessInfo.processInfo.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
}

extension CorpusFlags {
  /// Where stores are cached unless the user says otherwise.
  static var usualCache: String {
    let environment = ProcessInfo.processInfo.environment
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeFolder + "/.cache"
    return base + "/refrain"
  }
}

extension TunedSettingsFile {
  /// `refrain/tuned.json` in the user's folder for settings.
  static var usualPath: String {
    let environment = ProcessInfo.processInfo.environment
    // The standard says: a path that is not absolute is to be ignored.
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeFolder + "/.config"
    return folder + "/refrain/tuned.json"
  }
}
