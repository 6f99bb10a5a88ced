import Corpora
import Testing

/// What web pages leave in lyrics is removed whole or kept whole, and each rule is counted.
@Suite("Residue")
struct ResidueTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The cleaned text of a song with a title, and what was counted.
  private func clean(_ text: String, title: String = "") throws -> (text: String, counts: CleaningCounts) {
    func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
    let table = "title,lyrics\n\(quoted(title)),\(quoted(text))\nx,\(quoted("another song"))\n"
    var options = CorpusOptions(tokenization: .char, minimumCount: 1, validationFraction: 0)
    options.deduplication = .none
    let corpus = try Corpus(reading: [folder.write(table, to: "a.csv")], options: options)
    var songs: [String] = []
    for song in try corpus.tokenizer.decode(corpus.training.read()).split(separator: "\n\n\n") { songs.append(String(song)) }
    return (songs.count < 2 ? "" : songs[0], corpus.report.cleaned)
  }

  @Test(
    "Character references become characters",
    arguments: [
      ("I&apos;m &quot;here&quot; &amp; there", "I'm \"here\" & there", 4), ("Caf&eacute; N&auml;chte &Scaron;", "Café Nächte Š", 3),
      ("it&#39;s don&#x27;t &#X2019;", "it's don't ’", 3), ("won\\&apos;t \\&#39;", "won't '", 2), ("a&nbsp;b&#160;c", "a b c", 2),
      ("I&amp;#39;m &amp;amp;amp; you", "I'm & you", 2), ("a&#13;&#10;b&#10;c", "a\nb\nc", 3), ("don&#39t &ampquot", "don't &ampquot", 1),
      ("rock &amp roll &hearts; &sung;", "rock & roll ♥ ♪", 3), ("hy&shy;phen &#8203;x", "hyphen x", 2), ("&#146;til &#151;", "’til —", 2),
      ("&lt;3 &comma; &#128512;", "<3 , 😀", 3),
    ])
  func references(text: String, cleaned: String, count: Int) throws {
    let (found, counts) = try clean(text)
    #expect(found == cleaned && counts.characterReferences == count && counts.residue == count + counts.htmlTags)
  }

  @Test(
    "An ampersand that begins no reference stays",
    arguments: [
      "R&B;", "Q&A; R&B &c.", "you&me; rock&roll;", "& #39; &#; &#x; &;", "&#0; &#55296; &#99999999;", "&and; &or; &not;", "M&Ms, &#1 hit",
    ])
  func noReferences(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == text && counts.residue == 0)
  }

  @Test(
    "HTML tags are removed, and breaks and ends of paragraphs end lines",
    arguments: [
      ("a<br>b<BR/>c<br />d", "a\nb\nc\nd", 3), ("a<br>\nb<br> \n<br>\nc", "a\nb\n\nc", 3),
      ("<p>a</p><p>b</p>\n\n<p>c</p>", "a\nb\n\nc", 6),
      ("<div class=\"x > y\"><i>a</i>\n<b>b</b></div>", "a\nb", 6), ("<a href='u' target=_blank>la</a> la", "la la", 2),
      ("la&lt;br&gt;la", "la\nla", 1), ("a<!-- Usage of site\ncontent -->b", "ab", 1), ("a<script>var x = 1 < 2;</script>b", "a\nb", 1),
      ("<ul><li>one</li><li>two</li></ul>", "one\ntwo", 6), ("a<br><br>b", "a\n\nb", 2), ("one<hr>two", "one\ntwo", 1),
    ])
  func tags(text: String, cleaned: String, count: Int) throws {
    let (found, counts) = try clean(text)
    #expect(found == cleaned && counts.htmlTags == count)
  }

  @Test(
    "What only looks like a tag stays",
    arguments: ["I <3 you", "<unk> <song> <laughs>", "a < b and c > d", "x <b and c> y", "<|endoftext|>", "<br", "<<a>>b", "<Chorus>"])
  func noTags(text: String) throws {
    // The tag `<a>` inside brackets of its own is one.
    let (found, counts) = try clean(text)
    if text.contains("<a>") {
      #expect(found == "<>b" && counts.htmlTags == 1)
    } else {
      #expect(found == text && counts.htmlTags == 0)
    }
  }

  static let headingExamples: [(text: String, title: String, cleaned: String)] = [
    ("27ContributorsTranslationsPortuguêsCatalàLantern Night Lyrics[Verse 1]\nx", "", "[Verse 1]\nx"),
    ("27 ContributorsTranslationsРусскийУкраїнськаLantern Night LyricsWe walk\nx", "", "We walk\nx"),
    ("1 ContributorGrey Lyricsla la\nx", "", "la la\nx"), ("1.2K ContributorsGrey Lyrics\nx", "Grey", "x"),
    ("12 ContributorsLyrics of Fury Lyrics[Intro]\nx", "", "[Intro]\nx"),
    ("12 ContributorsMy Lyrics Are Better Lyrics\nx", "My Lyrics Are Better", "x"),
    ("12 Contributors Translations Deutsch Grey Morning Lyrics [Verse 1]\nx", "", "[Verse 1]\nx"),
    ("12 Contributors\nTranslations\nDeutsch\nEspañol\nGrey Morning Lyrics\n[Verse 1]\nx", "", "[Verse 1]\nx"),
    ("4 MitwirkendeNachtbus Songtext[Strophe 1]\nx", "", "[Strophe 1]\nx"),
    ("1 MitwirkenderNachtbus SongtextWir gehen\nx", "", "Wir gehen\nx"),
    ("3 ContribuidoresTraduccionesEnglishNoche LetraVamos\nx", "", "Vamos\nx"),
    ("2 ContributeursNuit Paroles[Couplet 1]\nx", "", "[Couplet 1]\nx"),
    ("5 ContributorsNotte TestoAndiamo\nx", "", "Andiamo\nx"), ("1 ContributoreNotte TestoAndiamo\nx", "", "Andiamo\nx"),
    ("2 MedewerkersNacht SongtekstWij gaan\nx", "Nacht", "Wij gaan\nx"), ("1 WspółtwórcaNoc TekstIdziemy\nx", "", "Idziemy\nx"),
    ("3 Katkıda BulunanGece Şarkı Sözleri[Verse 1]\nx", "", "[Verse 1]\nx"), ("2 BidragsgivareNatt LåttextVi går\nx", "", "Vi går\nx"),
    ("7 УчастниковНочь Текст песниМы идём\nx", "", "Мы идём\nx"), ("4 Mitwirkende\nÜbersetzungen\nEnglish\nNachtbus Songtext\nx", "", "x"),
    ("12 ContributorsMi Letra Vieja Lyrics[Intro]\nx", "", "[Intro]\nx"), ("Nachtbus Songtext\nx", "Nachtbus", "x"),
    ("Noche Letra[Coro]\nx", "Noche", "[Coro]\nx"), ("Noche Letra[Chorus]\nx", "", "[Chorus]\nx"),
    ("\"Night Bus\" lyrics\n\nAnn Lyrics\n\n\"Night Bus\"\n\nx", "", "x"), ("\u{201C}Night Bus\u{201D} Lyrics\nx", "", "x"),
    ("The Boats Lyrics\n\n\"Night Bus\"\n\nx", "", "x"), ("\"Night Bus\" lyrics\n\"Night Bus\"\nx", "", "x"),
    ("Paroles de la chanson Nuit par Ann\nx", "", "x"), ("Letra de Noche\nx", "Noche", "x"), ("Songtext von Nacht - Ann\nx", "Nacht", "x"),
    ("作词：Ann 作曲：Bea 编曲：\nx", "", "x"), ("作詞: Ann\n作曲: Bea\n\n编曲：Cy\nx", "", "x"), ("작사: Ann\n작곡: Bea\nx", "", "x"),
    ("Lyrics by: Ann\nMusic by: Bea\n\nx", "", "x"), ("Written by: Ann\nx", "", "x"), ("Words: Ann\nMusic: Bea\nx", "", "x"),
    ("Paroles et musique : Ann\nx", "", "x"), ("Слова: Ann\nМузыка: Bea\nx", "", "x"),
    // Where nothing tells the title from the first line, the line stays.
    ("2 ContributorsWalking down the river road\nx", "", "Walking down the river road\nx"),
    ("2 ContributorsLantern Night Letra[Verse 1]\nx", "", "[Verse 1]\nx"),
    ("12 Contributors\nGrey Morning Lyrics\nx", "", "x"), ("1 Contributor\nx", "", "x"),
    ("Grey Morning Lyrics[Verse 1]\nx", "", "[Verse 1]\nx"),
    ("Rock & Roll LyricsWe go\nx", "Rock &amp; Roll", "We go\nx"), ("\n grey morning Lyrics\nx", "Grey Morning", "x"),
    ("12 ContributorsPie LyricsThe band wrote it… Read More [Intro]\nx", "", "[Intro]\nx"),
    ("12 ContributorsPie Lyrics“Pie” is the third single.… Read More\u{A0}\n[Verse 1]\nx", "Pie", "[Verse 1]\nx"),
    ("12 ContributorsPie LyricsRecorded in one take. Read More A plain road\nx", "", "A plain road\nx"),
    ("12 ContributorsPie LyricsThe first part.\nThe second part... Read More\n[Intro]\nx", "", "[Intro]\nx"),
  ]

  @Test("Headings are removed, with the description after them", arguments: headingExamples)
  func headings(text: String, title: String, cleaned: String) throws {
    let (found, counts) = try clean(text, title: title)
    #expect(found == cleaned && counts.headings == 1 && counts.residue == 1)
  }

  @Test(
    "A first line that only looks like a heading stays",
    arguments: [
      ("Contributors Lyrics", ""), ("12 Contributors to my pain and Lyrics", ""), ("Love Lyrics are all I write\nx", "Love"),
      ("My Lyrics [laughs] are old", ""), ("Lyrics, lyrics everywhere", "Lyrics"), ("Read More books, she said\nRead More", ""),
      ("12 roses and Lyrics[sic] on a page", ""), ("I should… Read More\nx", "Read"), ("3 Contribuidores de mi dolor", ""),
      ("Letra de mi vida\nx", "Noche"), ("Paroles de la chanson que je chante\nx", ""), ("Paroles de la nuit\nx", "Nuit"),
      ("\"Love\" she said\nx", ""), ("\"Love\" lyrics of mine\nx", ""), ("Ann Lyrics\nthe boat\nx", ""), ("Tu Letra vive en mí\nx", "Tu"),
      ("Written by the stars\nx", ""), ("Music by the river: la\nx", ""), ("Music: sweet music\nx", ""),
      ("Words: they hurt\nWords: again\nx", ""),
      ("曲终人散\nx", ""), ("作词是我\nx", ""), ("x\nWritten by: Ann\ny", ""), ("x\n\n作词：Ann\n作曲：Bea\n\ny", ""),
    ])
  func noHeadings(text: String, title: String) throws {
    let (found, counts) = try clean(text, title: title)
    #expect(found == text && counts.residue == 0)
  }

  @Test(
    "Read More in the lyrics after a heading stays",
    arguments: ["I should Read More\nx", "one\n[Chorus]\nwe know… Read More\n", "Read More books\nx"])
  func readMore(lyrics: String) throws {
    let expected = lyrics.hasSuffix("\n") ? String(lyrics.dropLast()) : lyrics
    #expect(try clean("12 ContributorsPaper Lyrics" + lyrics).text == expected)
  }

  @Test(
    "Advertisements are removed, and lines stay apart",
    arguments: [
      ("a\nSee Ann LiveGet tickets as low as $1,204You might also likeline after", "a\nline after"),
      ("a\nSee AC/DC Live\nGet tickets as low as $9\nYou might also like\nb", "a\nb"), ("a\nGet tickets as low as €62\nb", "a\nb"),
      ("aSee The Harbour Boys LiveGet tickets as low as £62.50You might also likeb", "a\nb"),
      ("a\nSee Ann LiveGet tickets as low as 62 €\nb", "a\nb"),
      ("a\nSee Ann LiveGet tickets as low as CA$ 17\nb", "a\nb"),
      ("a\nSee Ann Live Get tickets as low as $17 You might also like [Chorus]\nb", "a\n[Chorus]\nb"),
      ("a\nYou might also likeAnd so\nb", "a\nAnd so\nb"), ("aYou might also likeand so", "a\nand so"),
      ("aYou might also like[Verse]\nb", "a\n[Verse]\nb"),
      ("end!You might also like\nb", "end!\nb"), ("a\nYou might also like", "a"), ("a\nSee Ann LiveGet tickets as low as ¥5,000", "a"),
      ("ночьYou might also likeдень", "ночь\nдень"), ("a\nDas könnte dir auch gefallen\nb", "a\nb"),
      ("aTal vez también te gusteY así", "a\nY así"), ("a\nVocê também pode gostar[Refrain]\nb", "a\n[Refrain]\nb"),
      ("a\nVous pourriez aussi aimer\nb", "a\nb"), ("aPotrebbe piacerti ancheE poi", "a\nE poi"),
      ("мы\nВам также может понравиться\nдень", "мы\nдень"),
      ("aMisschien vind je dit ook leuk", "a"),
      ("a\nSee upcoming rock showsGet tickets for your favorite artistsYou might also likeb", "a\nb"),
      ("a\nSee upcoming pop shows\nGet tickets for your favorite artists\nYou might also like\nb", "a\nb"),
      ("aSee Ann LiveGet tickets for your favorite artists\nb", "a\nb"), ("a\nSee upcoming r&b shows\nb", "a\nb"),
    ])
  func advertisements(text: String, cleaned: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == cleaned && counts.advertisements >= 1 && counts.residue == counts.advertisements)
  }

  @Test(
    "Words of an advertisement in a lyric stay",
    arguments: [
      "You might also like the rain", "she said You might also like it", "You might also like, my dear", "You might also likewise go",
      "“You might also like", "Get tickets as low as we can go", "See Ann Live\nand cry", "I'd See Ann Live tonight",
      "You might also like… me",
      "Get tickets as low as 20 of us", "Das könnte dir auch gefallen haben", "Ich weiß, Das könnte dir auch gefallen",
      "Potrebbe piacerti anche me",
      "See upcoming shows tonight", "We See upcoming rock shows", "See upcoming dreams that no one shows you",
      "Vous pourriez aussi aimer la mer",
      "Get tickets for your favorite", "Вам также может понравиться мой дом",
    ])
  func noAdvertisements(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == text && counts.residue == 0)
  }

  @Test(
    "Every form of Embed is removed with its number",
    arguments: [
      ("the end12Embed", "the end"), ("the end1.2KEmbed", "the end"), ("the end1KEmbed", "the end"), ("the end\n12Embed", "the end"),
      ("the end\n\n12\nEmbed", "the end"), ("the end\nEmbed", "the end"), ("the end5EmbedShare URLCopyEmbedCopy", "the end"),
      ("the end5EmbedShare Url:CopyEmbed:Copy", "the end"), ("the end\n5\nEmbed\nShare URL\nCopy\nEmbed\nCopy", "the end"),
      ("in 1999Embed", "in 1999"), ("in 19993Embed", "in 1999"), ("version 1.2Embed", "version 1.2"), ("OKEmbed", "OK"),
      ("the end 3Embed\n", "the end"),
      ("the end42EmbedCancelHow to Format Lyrics:Type out all lyrics, visit our transcribers forum", "the end"),
      ("the endYou might also like7Embed", "the end"),
    ])
  func embeds(text: String, cleaned: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == cleaned && counts.embeds == 1)
  }

  @Test(
    "Embed as a word of the lyrics stays", arguments: ["I sing an Embed", "Embed me\nEmbed you", "Copy that, Embed Copy", "embed", "EMBED"])
  func noEmbeds(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == text && counts.residue == 0)
  }

  @Test(
    "Footers of lyric sites are removed",
    arguments: [
      ("a\n...\n\n******* This Lyrics is NOT for Commercial use *******\n(1409617829201)", 1),
      ("a\n\nSongwriters: Ann / Bea\nSource: LyricFind", 2),
      ("a\nLyrics powered by www.musixmatch.com", 1), ("a\n\n[Thanks to x@y.z for correcting these lyrics]", 1),
      ("a\nWriter(s): ANN, BEA", 1), ("a\nLyrics © Harbour Music Publishing", 1),
      ("a\n\n_____________\nName    Night Bus\nArtist  Ann\nYear    1999", 1),
      ("a\nQuelle: LyricFind", 1), ("a\nFonte: Musixmatch", 1), ("a\nFuente : LyricFind", 1), ("a\nSource\u{A0}: LyricFind", 1),
      ("a\n来源：Musixmatch", 1), ("a\nSongwriters: Ann / Bea\nNight Bus lyrics © Harbour Music Publishing LLC", 2),
      ("a\nLetra de Noche © Harbour Music", 1), ("a\nCompositores: Ann / Bea\nLetra de Noche © Harbour Music\nFuente: LyricFind", 3),
      ("a\nParoliers : Ann / Bea\nParoles de Nuit © Harbour Music", 2), ("a\n\nSongwriters\nANN, BEA\n\nPublished by\nLyrics © HARBOUR", 3),
      ("a\n\nEnviada por Ann. Legendado por Bea. Revisões por 3 pessoas.", 1), ("a\nComposição: Ann / Bea", 1),
      ("a\n******* This Lyrics is NOT for Commercial Use *******\n(1409617829201)", 1), ("a\nLyrics found at LyricsFreak.com", 1),
      ("a\nLetras.mus.br", 1), ("a\n\"Night Bus\" as written by Ann Bea and Cy Dee\nLyrics © Harbour", 2),
      ("a\n\nLyrics by: Ann\nMusic by: Bea", 1), ("a\n\n作词：Ann\n作曲：Bea", 1), ("a\n\nWritten by: Ann", 1),
      ("a\n-----\nText: Ann\nMusik: Bea", 1),
      ("a\nThanks to Ann, Bea for correcting these lyrics.", 1),
      ("a\nhttp://www.example.com/song.html", 1), ("a\n-----\nSubmit Corrections", 1), ("a\nRead more: Ann - Night Lyrics | Site", 1),
    ])
  func footers(text: String, count: Int) throws {
    let (found, counts) = try clean(text)
    #expect(found == "a" && counts.footers == count && counts.residue == count)
  }

  @Test(
    "A last line that a writer meant stays",
    arguments: [
      "Thanks to you for these lyrics", "Source: my heart", "Writers write", "(12345)", "_____\nAnd that is all", "Data from the stars",
      "Source of my pain", "Source: of my pain", "Written by the stars", "Music by the sea", "Music: la la", "Enviada por Deus",
      "Published by the moon",
      "The letter that you wrote. and lost.no", "Songwriters of the night", "Letra de mi vida", "\"Love\" as it was written by you",
      "Quelle: mein Herz",
      "www dot nothing", "read more: books", "_____\nName your price\nArtist of the year", "Songwriters sing",
    ])
  func noFooters(text: String) throws {
    let (found, counts) = try clean("a\n" + text)
    #expect(found == "a\n" + text && counts.residue == 0)
  }

  @Test(
    "A placeholder is a song without lyrics",
    arguments: [
      "NaN", "nan", "NULL", "None", "n/a", "NA", "[Instrumental]", "(Instrumental)", "INSTRUMENTAL", "♪ Instrumental ♪",
      "This song is an instrumental.",
      "Lyrics for this song have yet to be released. Please check back once the song has been released.", "No lyrics found", "纯音乐，请欣赏",
      "12 ContributorsTide Lyrics[Instrumental]3Embed", "[Instrumental]\n\nInstrumental",
      "Unfortunately, we are not authorized to show these lyrics.", "We're sorry, we don\u{2019}t have the lyrics for this song", "♪", "-",
      "?",
      "...", "false",
    ])
  func placeholders(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == "" && counts.placeholders == 1)
    let report = try Corpus(
      reading: [folder.write("[{\"lyrics\": \"\(text.replacing("\n", with: "\\n"))\"}, {\"lyrics\": \"a song\"}]", to: "b.json")],
      options: .init(minimumCount: 1, validationFraction: 0)
    ).report
    #expect(report.songs.total == 1 && report.removed.empty == 1)
  }

  @Test(
    "Words of a placeholder in a song stay",
    arguments: ["None\nof us", "Nan bread", "Na na na", "[Instrumental]\nla la", "Null and void", "Na"])
  func noPlaceholders(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == text && counts.placeholders == 0)
  }

  @Test(
    "Everything stays on request",
    arguments: ["I&apos;m<br>here12Embed", "NaN", "12 ContributorsX Lyrics[Verse]\nYou might also like\nWriter(s): A"])
  func kept(text: String) throws {
    var options = CorpusOptions(tokenization: .char, minimumCount: 1, validationFraction: 0)
    options.separator = .none
    options.cleaning.residue = false
    let corpus = try Corpus(text: text, options: options)
    #expect(try corpus.tokenizer.decode(corpus.training.read()) == text && corpus.report.cleaned.residue == 0)
  }

  @Test(
    "A prompt is a beginning: its end and its words stay",
    arguments: ["Instrumental", "None", "I am Embed", "the end3Embed", "a\nWriter(s): A"])
  func prompts(text: String) {
    #expect(ReadingOptions().cleaned(prompt: text, for: .word) == text)
    #expect(ReadingOptions().cleaned(prompt: "I&apos;m", for: .word) == "I'm")
  }
}
