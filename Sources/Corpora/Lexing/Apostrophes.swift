/// The words to which an apostrophe at their edge belongs whatever stands around them. Of others, ``OpenQuotations`` decides.
enum Apostrophes {
  /// What is left of words that lose their beginning: 'til, 'cause, 'em.
  private static let headless: Set<String> = [
    "til", "till", "cause", "cuz", "coz", "cos", "em", "round", "bout", "neath", "twas", "tis", "twere", "twill", "twould", "twixt",
    "tween", "tain't", "tisn't", "twasn't", "gainst", "n", "way", "fore", "long", "longside", "cross", "bove", "mong", "mongst", "mid",
    "midst", "hind", "stead", "cept", "scuse", "nother", "nuff", "fraid", "member", "lectric", "most", "less", "pon", "y'all",
    // Dropped h, where the rest is no word that a quotation might begin with.
    "e", "im", "ave", "ome", "ow", "ead", "eart", "ouse", "orse", "alf", "arf", "ard", "ot", "ell", "ello", "appy", "undred", "isself",
  ]

  /// More of them by the second rules: what is left of is, had, am, it, are, have and will, and in German of es, eine, herein and others.
  private static let laterHeadless: Set<String> = [
    "s", "d", "m", "t", "re", "ve", "ll", "ne", "nen", "nem", "ner", "nes", "rein", "raus", "rauf", "runter", "r\u{FC}ber", "drin",
  ]

  /// What is left of words that lose their end: o', th', ol'.
  private static let endless: Set<String> = [
    "o", "th", "ol", "an", "lil", "li'l", "'n", "wi", "mo", "po", "fo", "jus", "mus", "hol", "tol", "sho", "yo", "roun", "'roun", "aroun",
    "behin", "groun", "tha", "wha", "ha", "gi",
  ]

  /// Words in -in that are whole: an apostrophe after them may be a quotation mark.
  private static let wholeInIn: Set<String> = [
    "begin", "cabin", "robin", "satin", "virgin", "violin", "ruin", "basin", "coffin", "dolphin", "muffin", "goblin", "cousin", "within",
    "herein", "therein", "wherein", "origin", "margin", "resin", "raisin", "penguin", "berlin", "dublin", "martin", "kevin", "franklin",
    "mandolin", "javelin", "paladin", "bulletin", "vitamin", "vermin", "cumin", "jasmin", "pumpkin", "napkin",
    "skin", "thin", "chin", "shin", "spin", "twin", "grin", "join", "coin", "vein", "rein", "latin", "toxin", "urchin", "merlin",
    "assassin",
  ]

  /// Whether an apostrophe before `word` (lower case, with straight apostrophes) belongs to it. Years are meant too: '69, '90s.
  static func precede(_ word: String, rules: LexingRules) -> Bool {
    if headless.contains(word) || rules != .first && laterHeadless.contains(word) { return true }
    let digits = word.hasSuffix("s") ? word.dropLast() : word[...]
    return digits.utf8.count == 2 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Whether an apostrophe after `word` (lower case, with straight apostrophes) belongs to it, also inside a quotation: runnin'.
  static func follow(_ word: String) -> Bool {
    if endless.contains(word) { return true }
    return word.hasSuffix("in") && word.utf8.count > 3 && !word.hasSuffix("ain") && !wholeInIn.contains(word)
  }

  /// The word with straight apostrophes.
  static func straightened(_ word: String) -> String {
    // 0xE2 is the first byte of a curly apostrophe.
    word.utf8.contains(0xE2) ? word.replacing("\u{2019}", with: "'") : word
  }
}
