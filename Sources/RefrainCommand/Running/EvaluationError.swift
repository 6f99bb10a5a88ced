internal import Basics

/// Why there is nothing to evaluate on, to compare with, or to learn a manner from.
enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case partOfFiles(part: String)
  case nothingLeft(files: [String])
  case tooShort(files: [String], flag: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .partOfFiles(let part):
      "--part \(part) chooses a part of a prepared store, but files of songs are given; leave it out, or give one store."
    case .tooShort(let files, let flag):
      "\(list: files): the songs have fewer than two tokens, too few for \(flag); name longer songs."
    case .nothingLeft(let files):
      """
      \(list: files): all songs for --baseline are also among those to evaluate on, and so left out; name the songs that \
      the model was trained on, and evaluate on others.
      """
    }
  }
}
