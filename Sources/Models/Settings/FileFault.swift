/// What a sentence on the command's flags says of a file: with the file's keys in their place, and without the advice at its end.
///
/// `--clip-norm must be a number above 0, but is 0; choose another.` becomes `"clip_norm" must be a number above 0, but is 0`.
package func fileFault(_ sentence: String) -> String {
  var fault = sentence[...]
  if let end = fault.ranges(of: "; ").last { fault = fault[..<end.lowerBound] }
  if fault.hasSuffix(".") { fault.removeLast() }
  return String(fault).replacing(/--([a-z]+(?:-[a-z]+)*)/) { "\"\($0.1.replacing("-", with: "_"))\"" }
}
