internal import Files
internal import SystemPackage

/// The files without an ending in folders, and which of them are texts.
///
/// A folder's files are read without an ending where at least half of them have none. Files that go with a collection, such as `LICENSE`,
/// scripts and files with a null character are not.
struct FolderTexts {
  private var shares: [FilePath: (bare: Int, all: Int)] = [:]

  /// How many bytes are looked at for a null character.
  private static let lookedAt = 1 << 16

  /// - Parameter files: the files of a folder and the folders below it, without hidden ones.
  init(_ files: [FilePath]) {
    for file in files {
      let isBare = Self.ending(of: file) == nil
      shares[file.removingLastComponent(), default: (0, 0)].all += 1
      if isBare { shares[file.removingLastComponent(), default: (0, 0)].bare += 1 }
    }
  }

  /// Whether a file without an ending is a text to read.
  func contains(_ file: FilePath) -> Bool {
    guard Self.ending(of: file) == nil, let (bare, all) = shares[file.removingLastComponent()], 2 * bare >= all,
      let name = file.lastComponent?.string, !Self.isOfCollection(name)
    else { return false }
    return Self.isText(file)
  }

  /// What a file's name ends in, in lower case: a few letters and digits after the last dot. Nil for a name such as `Mr. Grey`, `No. 3`,
  /// `Vol.2` or `R.E.M`.
  static func ending(of file: FilePath) -> String? {
    guard let name = file.lastComponent?.string, let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    let ending = name[name.index(after: dot)...]
    guard 1...10 ~= ending.utf8.count, ending.utf8.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }),
      ending.contains(where: \.isLetter)
    else { return nil }
    // A word or an initial begins with a capital letter; endings are all small or all capital.
    let isSmall = !ending.contains(where: \.isUppercase), isCapital = !ending.contains(where: \.isLowercase)
    return isSmall || isCapital && ending.utf8.count > 1 ? ending.lowercased() : nil
  }

  /// Whether a name is that of a file about a collection and not of a text in it.
  private static func isOfCollection(_ name: String) -> Bool {
    let lower = name.lowercased()
    if names.contains(lower) { return true }
    for stem in ["license", "licence", "copying", "readme"] where lower.hasPrefix(stem) {
      if let next = lower.dropFirst(stem.count).first, "-_.".contains(next) { return true }
    }
    // These are titles of songs too, unless they are written in capital letters.
    return capitalNames.contains(name)
  }

  private static let names: Set<String> = [
    "license", "licence", "unlicense", "readme", "makefile", "gnumakefile", "bsdmakefile", "changelog", "authors", "copying", "copyright",
    "contributing", "contributors", "maintainers", "codeowners", "dockerfile", "containerfile", "gemfile", "rakefile", "procfile",
    "vagrantfile", "jenkinsfile", "justfile", "brewfile", "podfile", "pipfile", "cmakelists", "code_of_conduct", "cname", "sha256sums",
    "sha1sums", "md5sums", "checksums",
  ]
  private static let capitalNames: Set<String> = [
    "ACKNOWLEDGEMENTS", "ACKNOWLEDGMENTS", "BUGS", "CHANGES", "CITATION", "CREDITS", "HACKING", "HISTORY", "INDEX", "INSTALL", "MANIFEST",
    "NEWS", "NOTES", "NOTICE", "PATENTS", "RELEASE", "RELEASES", "SECURITY", "SOURCES", "SUPPORT", "THANKS", "TODO", "VERSION",
  ]

  /// Whether a file can be a text by its first bytes. A file that cannot be read is one, so that the usual error comes of it.
  private static func isText(_ file: FilePath) -> Bool {
    var bytes: [UInt8] = []
    do throws(FileError) { _ = try SequentialFile(file).read(appendingTo: &bytes, atMost: lookedAt) } catch { return true }
    if bytes.starts(with: "#!".utf8) { return false }
    guard let mark = SourceEncoding.marked(bytes), mark.name != "UTF-8" else { return !bytes.contains(0) }
    // In UTF-16 and UTF-32, a null character is a whole unit.
    let unit = mark.name.hasPrefix("UTF-32") ? 4 : 2
    return !stride(from: 0, to: bytes.count - unit + 1, by: unit).contains { bytes[$0..<$0 + unit].allSatisfy { $0 == 0 } }
  }
}
