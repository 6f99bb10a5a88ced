/// How much a text looks like one that somebody wrote, judged by its characters that are not ASCII.
///
/// A language in Latin script is told by its own letters with marks: all of them must belong to one language. Other scripts are told by how
/// much of a text their most frequent letters make up.
struct TextPlausibility {
  /// The least score of a text that is one.
  static let least = 0.75

  /// From 0 (noise) to 1.
  private(set) var best = 0.0
  /// Whether a fifth of its characters are kana.
  private(set) var isJapanese = false

  init(_ text: some Sequence<Unicode.Scalar>) {
    let scalars = Array(text)
    var letters: [Unicode.Scalar: Int] = [:]
    var total = 0, signs = 0, latin = 0, marked = 0, inLatinWords = 0
    for (index, scalar) in scalars.enumerated() {
      if scalar.isASCII {
        if scalar.properties.isAlphabetic { latin += 1 }
        continue
      }
      total += 1
      let before = index > 0 ? scalars[index - 1] : " "
      let after = index + 1 < scalars.count ? scalars[index + 1] : " "
      if scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark {
        // A capital letter inside a word, after a small one, is a letter of another encoding.
        if scalar.properties.isUppercase, before.properties.isLowercase, !Self.isIdeograph(before) { continue }
        letters[Self.lowercase(scalar), default: 0] += 1
        marked += 1
        if Self.isASCIILetter(before) || Self.isASCIILetter(after) { inLatinWords += 1 }
      } else if Self.inner.contains(scalar)
        || Self.outer.contains(scalar) && !(before.properties.isAlphabetic && after.properties.isAlphabetic)
      {
        signs += 1
      }
    }
    guard total > 0 else { return }
    isJapanese = letters.reduce(0) { $0 + (0x3041...0x30FF ~= $1.key.value ? $1.value : 0) } * 5 >= total
    func share(_ set: Set<Unicode.Scalar>) -> Double {
      Double(letters.reduce(0) { $0 + (set.contains($1.key) ? $1.value : 0) })
    }
    // Turkish has lines with more marked letters than plain ones.
    if marked <= 2 * latin {
      for alphabet in Self.alphabets { best = max(best, (share(alphabet) + Double(signs)) / Double(total)) }
    }
    for script in Self.scripts where marked > 0 {
      let isOfScript = letters.reduce(0) { $0 + (script.range.contains($1.key.value) ? $1.value : 0) }
      let usual = min(1, share(script.frequent) / (script.share * Double(marked)))
      // An alphabet does not share its words with ASCII.
      let strange = script.range.lowerBound < 0x1100 ? inLatinWords : 0
      best = max(best, usual * Double(max(0, isOfScript - strange) + signs) / Double(total))
    }
  }

  private static func isASCIILetter(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCII && scalar.properties.isAlphabetic }

  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x2E80 }

  private static func lowercase(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let mapping = scalar.properties.lowercaseMapping.unicodeScalars
    return mapping.first ?? scalar
  }

  /// Signs that may stand between two letters.
  private static let inner = Set("’–—…·\u{A0}，。、！？；：「」『』（）《》〈〉～・　ー々".unicodeScalars)
  /// Signs that stand at the ends of words.
  private static let outer = Set("‘“”„‚«»‹›•¡¿°§©®™€£½¼¾ºª´¨".unicodeScalars)

  /// The letters with marks of languages in Latin script.
  private static let alphabets = [
    "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "äöüß", "ãõáéíóúâêôàçü", "åäöæøé", "àèéìòùíîó", "áéíóúýðþæö", "áčďéěíňóřšťúůýž", "äčďéíĺľňóôŕšťúýž",
    "áéíóöőúüű", "ąćęłńóśźż", "ăâîșțşţ", "čćđšž", "çğıöşüâîû", "àéèíïóòúüç", "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž", "éèëêïüöáóíúàä",
  ].map { Set($0.unicodeScalars) }

  private struct Script {
    var range: ClosedRange<UInt32>
    /// The most frequent letters.
    var frequent: Set<Unicode.Scalar>
    /// How much of a text they make up at least.
    var share: Double

    init(_ range: ClosedRange<UInt32>, _ frequent: String, _ share: Double) {
      self.range = range
      self.frequent = Set(frequent.unicodeScalars)
      self.share = share
    }
  }

  private static let scripts = [
    Script(0x400...0x4FF, "оеаинтсрвліу", 0.55), Script(0x370...0x3FF, "αοιετσνηυρςπκμλίάόέή", 0.75),
    Script(0x590...0x5FF, "יוהלאתרבשמנםחעק", 0.7), Script(0x600...0x6FF, "اليمنورتبدعهكفأحسی", 0.65),
    Script(0xE00...0xE7F, "านรอกเงมยลวดทสต่้ัี", 0.55),
    Script(0xAC00...0xD7A3, "이다는을의에가하나고사지그내너를한로아기리어도서만날자대은있들해마없시랑일수보우눈인오여라게안모람늘", 0.3),
    Script(0x3041...0x9FFF, "のにはをたがでてとしれさあなるいっんまもかこきくりらうよそだつわけせ", 0.3),
    Script(
      0x4E00...0x9FFF, "我你的不是在一了爱有人心这天到想说要就来会没着那么过个他她们去看能都时为好让对中生梦里无情风月花上下大小年日春山水云何处归红玉香楼酒落雨夜思君尽长江如今",
      0.1),
    Script(
      0x4E00...0x9FFF, "我你的不是在一了愛有人心這天到想說要就來會沒著那麼過個他她們去看能都時為好讓對中生夢裡無情風月花上下大小年日春山水雲何處歸紅玉香樓酒落雨夜思君盡長江如今",
      0.1),
  ]
}
