import Corpora
import Files
import Testing

@Suite("CorpusError")
struct CorpusErrorTests {
  @Test(
    "Each error is one sentence that says what to do",
    arguments: [
      (CorpusError.missing(path: "a"), "a: there is no such file or folder; check the path."),
      (.unreadable(.notReadable(path: "a")), "\(FileError.notReadable(path: "a"))"),
      (
        .vocabularyTooLarge(tokens: 900_000, bytes: 70_000_000, limit: 67_108_864),
        """
        The vocabulary of 900,000 tokens takes 70,000,000 bytes in the model's files, but the limit is 67,108,864; use a smaller \
        vocabulary, a higher minimum count, or byte pairs.
        """
      ),
      (.file(.isDirectory(path: "a")), "a: a file was expected and this is a folder; give the path of a file."),
      (.noPaths, "No corpus was given; name at least one text file or a folder of them."),
      (.emptyFile(path: "a"), "a: the file is empty; give a text file with lyrics."),
      (.noSongs(path: "a"), "a: lyrics were expected and there are only blank lines or dividers; give a text file with lyrics."),
      (
        .noTextFiles(folder: "a"),
        """
        a: the folder has no .txt, .csv, .tsv, .json, .jsonl, .lrc, .srt, .vtt or .chordpro files, plain or as .gz or .zst; put lyrics \
        there, or name the files themselves.
        """
      ),
      (
        .malformedRecord(path: "a", line: 3, reason: "why"), "a: line 3: this record cannot be used: why; correct it or leave it out."
      ),
      (
        .strayQuote(path: "a", line: 3),
        "a: line 3: a quotation mark inside a quoted field is not doubled, and was taken as it is; double it."
      ),
      (
        .recordTooLong(path: "a", line: 3, limit: 9),
        "a: line 3: a record begins here that has not ended after 9 bytes; close its quotation marks or brackets, or cut it."
      ),
      (
        .noColumn(path: "a", wanted: ["lyrics", "text"], found: ["id", "words"]),
        "a: no column is named lyrics, text, the columns are id, words; name the one with the lyrics."
      ),
      (
        .noProgram(path: "a", program: "zstd"),
        "a: the program zstd, which decompresses it, was not found; install it, or decompress the file yourself."
      ),
      (
        .notDecompressed(path: "a", program: "gzip"),
        "a: gzip could not read it to its end; the file is damaged or cut off: fetch it again."
      ),
      (
        .compressed(path: "a", kind: "gzip"),
        "a: this is compressed with gzip; let its name end in .gz, or pipe it through gzip -dc."
      ),
      (.compressed(path: "a", kind: "zip"), "a: this is a zip archive; unpack it and give the folder."),
      (.changedWhileRead(path: "a"), "a: the file changed while it was read; prepare again when nobody writes to it."),
      (
        .storeAmongSources(path: "a"),
        "a: this is a prepared store, not a text; give it by itself, or give the texts that it was made of."
      ),
      (
        .unnamedJSON(path: "a"),
        "a: this is JSON, but no format is given, and it would be read as text."
      ),
      (.noMatchingRows(path: "a", excluded: 1_200), "a: none of its 1,200 rows meets the conditions; change them."),
      (
        .noMatchingRows(path: "a", excluded: 1_200, empty: 34),
        "a: 1,200 of its 1,234 rows do not meet the conditions, and the others have no lyrics; change the conditions."
      ),
      (
        .unmarkedEncoding(path: "a", encoding: "ISO-2022-JP"),
        "a: this looks like ISO-2022-JP; convert the file to UTF-8, or name its encoding."
      ),
      (
        .unmarkedEncoding(path: "a", encoding: "UTF-16LE"),
        "a: this looks like UTF-16LE without a byte-order mark; convert the file to UTF-8, or name its encoding."
      ),
      (
        .storeTokenizedOtherwise(path: "a", found: "char tokens", expected: "word tokens in lower case"),
        "a: this store holds char tokens, but word tokens in lower case are expected; give the texts that it was made of."
      ),
      (
        .emptyPart(path: "a", part: "test"),
        "a: this store has no test songs; choose another part, or prepare the store again with test songs."
      ),
      (
        .noKey(path: "a", line: 3, wanted: ["lyrics", "text"], found: ["id"]),
        "a: line 3: no key is named lyrics, text, the keys are id; name the one with the lyrics."
      ),
      (
        .notText(path: "a", line: 3, key: "lyrics", found: "an object with the keys b"),
        """
        a: line 3: the lyrics are expected under lyrics, which is an object with the keys b and not a text; name the key of the text, \
        with dots for keys inside keys (a.b for b inside a).
        """
      ),
      (
        .missingColumn(path: "a", name: "genre", found: ["id", "text"]),
        "a: no column or key is named genre, but songs are to be chosen or joined by it; there are id, text; correct the name."
      ),
      (
        .noColumns(path: "a"),
        "a: songs are to be chosen by a column, but a text has no columns; give tables or JSON, or leave the conditions out."
      ),
      (.malformedStore(path: "a", reason: "why"), "a: this is not a whole store (why); prepare it again."),
      (
        .unsupportedStore(path: "a", format: 3),
        "a: the store has format 3 and this version reads formats 1 and 2; use the version that made it, or prepare it again."
      ),
      (
        .newerStore(path: "a", section: "x"),
        "a: a newer version made this store, and this version cannot read its section x; use that version, or prepare the store again."
      ),
      (
        .notUTF8(path: "a", offset: 12, line: 3, byte: 0xE9),
        "a: byte 12, on line 3, is 0xE9, which is not valid UTF-8; no usual encoding makes text of it: correct it, or name the encoding."
      ),
      (
        .notInEncoding(path: "a", encoding: "EUC-KR", line: 3, offset: 12, byte: 0xFF),
        "a: byte 12, on line 3, is 0xFF, which is not valid EUC-KR; correct the file, or name another encoding."
      ),
      (
        .notInEncoding(path: "a", encoding: "EUC-KR", line: 3, offset: nil, byte: nil),
        "a: line 3 has bytes that EUC-KR does not allow; correct the file, or name another encoding."
      ),
      (
        .unknownEncoding(name: "KOI9"),
        """
        The encoding "KOI9" is not one that this system's iconv knows; `iconv -l` lists the names, such as UTF-16LE, KOI8-R or \
        SHIFT_JIS.
        """
      ),
      (
        .tooSmall(tokens: 10, needed: 13, lanes: 4, window: 3),
        """
        The text has 10 tokens and a minibatch of 4 lanes by 3 tokens needs at least 13; use a smaller "batch" or "window", or add text.
        """
      ),
      (
        .lanesNotDivisible(lanes: 5, shards: 2),
        "The batch of 5 lanes cannot be divided into 2 shards; choose a \"batch\" that is a multiple of \"shards\"."
      ),
      (
        .invalidSetting(key: "window", found: "0", expected: "at least 1"),
        """
        "window" must be at least 1, but is 0; choose another value.
        """
      ),
      (
        .noValidationSongs(fraction: 0.1, tokens: 5),
        """
        Of 5 tokens, the fraction 0.1 for validation is too little to measure; add songs, raise "validation_fraction", \
        or set it to 0 to train without validation.
        """
      ),
      (
        .malformedTokenizer(path: "a", reason: "why"),
        "a: this is not a tokenizer that can be used (why); give the tokenizer.json of a model directory."
      ),
      (
        .unsupportedTokenizer(path: "a", format: 2),
        "a: the tokenizer has format 2 and this version reads format 1; use the version that wrote it."
      ),
    ])
  func sentences(error: CorpusError, sentence: String) {
    #expect(error.description == sentence)
  }
}
