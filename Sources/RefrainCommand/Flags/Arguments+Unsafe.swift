// The arguments as the system gave them are C strings, which live as long as the program.
internal import Basics
internal import Files
internal import Foundation

/// Checks and shows the arguments of the command.
enum Arguments {
  /// The first argument that is not UTF-8; nil if all are. As text it would name another file than the user meant.
  static var fault: ArgumentFault? {
    for place in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = unsafe CommandLine.unsafeArgv[place] else { break }
      if unsafe String(validatingCString: argument) != nil { continue }
      let bytes = unsafe UnsafeRawBufferPointer(start: argument, count: strlen(argument))
      return unsafe ArgumentFault(place: place, bytes: Array(bytes))
    }
    return nil
  }

  /// Returns a message with the arguments that it repeats escaped and cut.
  static func shown(in message: String) -> String {
    var message = message
    // A message may repeat only one part of an argument such as --flag=value.
    let parts = CommandLine.arguments.dropFirst().flatMap { [$0] + $0.split(separator: "=", maxSplits: 1).map(String.init) }
    for part in Set(parts).sorted(by: { $0.utf8.count > $1.utf8.count }) where part != part.shown {
      message = message.replacing(part, with: part.shown)
    }
    return message
  }
}

/// An argument is not UTF-8.
struct ArgumentFault: Error, CustomStringConvertible {
  /// Counted from 1.
  let place: Int
  let bytes: [UInt8]

  var description: String {
    let text = String(decoding: bytes, as: UTF8.self)
    let sentence: Sentence =
      "argument \(place), \(text), is not UTF-8; rename the file or folder, or give a link to it whose name is UTF-8."
    return sentence.text
  }
}
