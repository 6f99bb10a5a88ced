/// Tags of HTML. `<3`, `<unk>` and other names that HTML does not have are no tags.
enum HTMLTags {
  private static let inline: Set<String> = [
    "a", "abbr", "acronym", "b", "big", "button", "cite", "code", "del", "em", "font", "form", "i", "iframe", "img", "input", "ins", "kbd",
    "label", "link", "mark", "meta", "nobr", "noscript", "q", "rp", "rt", "ruby", "s", "small", "span", "strike", "strong", "sub", "sup",
    "tbody", "td", "tfoot", "th", "thead", "time", "tt", "u", "var", "wbr", "svg", "path", "g", "o:p",
  ]
  /// These stand for lines of their own.
  private static let blocks: Set<String> = [
    "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article",
    "header", "footer", "pre", "center", "hr", "body", "html", "main", "aside", "nav", "figure", "figcaption", "fieldset",
  ]
  /// What stands between these is not shown.
  private static let hidden: Set<String> = ["script", "style", "head", "title"]

  private enum Kind {
    case inline, lineBreak, block, hidden
  }

  /// The longest tag, or comment, in bytes.
  private static let longest = 4_096

  /// The text without tags. `<br>` ends a line, and so do the ends of paragraphs and other blocks; a line end right after one of them in
  /// the text is the same line end.
  static func removed(from text: Span<UInt8>, count: inout Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    // Whether a tag has just ended a line.
    var isAfterBreak = false
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: "<"), let tag = tag(text, index) {
        count += 1
        index = tag.end
        if tag.kind == .lineBreak || tag.kind == .block {
          while result.last == 0x20 || result.last == tabByte { result.removeLast() }
          if tag.kind == .lineBreak || !result.isEmpty && result.last != newlineByte {
            result.append(newlineByte)
            isAfterBreak = true
          }
        }
        continue
      }
      if isAfterBreak {
        if byte == newlineByte { isAfterBreak = false }
        if byte == newlineByte || byte == 0x20 || byte == tabByte {
          index += 1
          continue
        }
        isAfterBreak = false
      }
      result.append(byte)
      index += 1
    }
    return result
  }

  /// The tag at a place, and where it ends, with its contents if they are not shown.
  private static func tag(_ text: Span<UInt8>, _ start: Int) -> (kind: Kind, end: Int)? {
    let limit = min(text.count, start + longest)
    var index = start + 1
    guard index < limit else { return nil }
    if text[index] == UInt8(ascii: "!") { return comment(text, index, limit) }
    let isEnd = text[index] == UInt8(ascii: "/")
    if isEnd { index += 1 }
    let nameStart = index
    while index < limit, index - nameStart < 12, isNamePart(text[index]) { index += 1 }
    guard index > nameStart, index < limit else { return nil }
    let name = string(text, nameStart..<index).lowercased()
    let kind: Kind
    if name == "br" {
      kind = .lineBreak
    } else if inline.contains(name) {
      kind = .inline
    } else if blocks.contains(name) {
      kind = .block
    } else if hidden.contains(name) {
      kind = .hidden
    } else {
      return nil
    }
    guard let end = endOfAttributes(text, index, limit) else { return nil }
    if kind == .hidden, !isEnd {
      let closing = Array("</\(name)".utf8)
      var place = end
      while place < text.count, !Residue.hasAnyCase(closing, text, place, text.count) { place += 1 }
      if place < text.count, let after = endOfAttributes(text, place + closing.count, text.count) { return (.block, after) }
    }
    return (kind, end)
  }

  /// Where a tag ends whose name ends at a place. Without an attribute `name=value`, nothing may stand there: `<b and c>` is no tag.
  private static func endOfAttributes(_ text: Span<UInt8>, _ start: Int, _ limit: Int) -> Int? {
    var index = start
    var hasValue = false
    var isEmpty = true
    var quote: UInt8 = 0
    if index < limit, text[index] > 0x20, text[index] != UInt8(ascii: "/"), text[index] != UInt8(ascii: ">") { return nil }
    while index < limit {
      let byte = text[index]
      index += 1
      if quote != 0 {
        if byte == quote { quote = 0 }
        continue
      }
      switch byte {
      case UInt8(ascii: ">"): return isEmpty || hasValue ? index : nil
      case UInt8(ascii: "<"): return nil
      case UInt8(ascii: "="):
        hasValue = true
        isEmpty = false
      case UInt8(ascii: "\"") where hasValue, UInt8(ascii: "'") where hasValue: quote = byte
      case UInt8(ascii: "/"), 0...0x20: break
      default: isEmpty = false
      }
    }
    return nil
  }

  /// A comment `<!-- ... -->`, or `<!DOCTYPE html>`.
  private static func comment(_ text: Span<UInt8>, _ start: Int, _ limit: Int) -> (kind: Kind, end: Int)? {
    if Residue.has(Array("!--".utf8), text, start, limit) {
      let end = Residue.first(Array("-->".utf8), text, start + 3..<limit)
      return end.map { (.inline, $0 + 3) }
    }
    guard Residue.hasAnyCase(Array("!doctype".utf8), text, start, limit) else { return nil }
    return Residue.first([UInt8(ascii: ">")], text, start..<limit).map { (.block, $0 + 1) }
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    Residue.isDigit(byte) || Residue.isLowercase(byte | 0x20) || byte == UInt8(ascii: ":")
  }
}
