/// The words that sites in many languages put around lyrics.
extension Residue {
  /// What the number of people is called who wrote a page's lyrics down, the longest first.
  static let contributors = longestFirst([
    "Contributor", "Contributors", "Mitwirkender", "Mitwirkende", "Contribuidor", "Contribuidores", "Colaborador", "Colaboradores",
    "Contributeur", "Contributeurs", "Contributrice", "Contributrices", "Contributore", "Contributori", "Medewerker", "Medewerkers",
    "Bijdrager", "Bijdragers", "Współtwórca", "Współtwórcy", "Współtwórców", "Katkıda bulunan", "Katkıda Bulunan", "Katkıda bulunanlar",
    "Katkıda Bulunanlar", "Bidragsgivare", "Bidragsyter", "Bidragsytere", "Bidragyder", "Bidragydere", "Участник", "Участника",
    "Участников", "Учасник", "Учасники", "Учасників", "Osallistuja", "Osallistujaa", "Přispěvatel", "Přispěvatelé", "Közreműködő",
    "Contribuitor", "Contribuitori", "Συντελεστής", "Συντελεστές",
  ])

  /// What the list of a page's translations is called.
  static let translations = longestFirst([
    "Translation", "Übersetzung", "Traduccion", "Traducción", "Traduções", "Tradução", "Traduction", "Traduzion", "Vertaling",
    "Tłumaczeni", "Çeviri", "Översättning", "Oversættelse", "Oversettelse", "Перевод", "Переклад", "Käännö", "Překlad", "Traducere",
  ])

  /// What lyrics are called after a title in languages other than English, with the space before it.
  static let otherLyrics = longestFirst([
    " Songtext", " Liedtext", " Letra", " Letras", " Paroles", " Testo", " Songtekst", " Tekst", " Tekst piosenki", " Şarkı Sözleri",
    " Sözleri", " Låttext", " Sångtext", " Sangtekst", " Текст песни", " Текст пісні", " Текст", " Sanat", " Versuri", " Dalszöveg",
    " Στίχοι", " 歌詞", " 歌词", " 가사",
  ])

  /// What stands between lyrics to lead to other songs.
  static let alsoLikes = longestFirst([
    "You might also like", "Das könnte dir auch gefallen", "Das könnte Dir auch gefallen", "Tal vez también te guste",
    "Quizás también te guste", "También te puede gustar", "También te podría gustar", "También te puede interesar",
    "Você também pode gostar", "Talvez você também goste", "Vous pourriez aussi aimer", "Vous aimerez peut-être aussi",
    "Tu pourrais aussi aimer", "Potrebbe piacerti anche", "Potrebbero piacerti anche", "Misschien vind je dit ook leuk",
    "Dit vind je misschien ook leuk", "Może Ci się też spodobać", "Może ci się też spodobać", "Bunları da beğenebilirsin",
    "Du kanske också gillar", "Вам также может понравиться", "Вам может понравиться",
  ])

  private static func longestFirst(_ words: [String]) -> [[UInt8]] {
    words.map { Array($0.utf8) }.sorted { $0.count > $1.count }
  }

  /// The first of some patterns, which are ordered, that stands at a place.
  static func firstMatch(of patterns: [[UInt8]], _ text: Span<UInt8>, _ index: Int, _ end: Int) -> [UInt8]? {
    for pattern in patterns where has(pattern, text, index, end) { return pattern }
    return nil
  }
}
