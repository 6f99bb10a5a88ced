internal import Basics
internal import Refrain

/// A flag is given for a store, and preparing the store has settled it.
struct SettledError: Error, CustomStringConvertible {
  let path: String
  let flag: String
  var description: String { sentence.text }

  private var sentence: Sentence {
    "\(path): \(flag) was settled when this store was prepared; leave it out, or prepare the store again with it."
  }
}

/// A source cannot be read, or not to its end, and the user has not said what to do then.
struct UnreadableSourceError: Error, CustomStringConvertible {
  let fault: CorpusError

  var description: String { fault.description.addingAdvice("pass --skip-unreadable to continue with what can be read") }
}
