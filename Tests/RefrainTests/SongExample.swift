// What Songwriting.md shows of the library: SongExampleTests checks that it shows these lines, and runs them.
// snippet begins
import Refrain

func writeRhymes(with directory: String, unlike lyrics: String) throws -> WrittenSong {
  let model = try Model(directory: directory)
  let lexicon = try PronunciationSources(usesEspeak: false).lexicon(of: model.tokenizer.spokenWords)
  let songs = try CopyIndex.open(against: [lyrics]).index
  let shape = try SongShape(structure: "verse:4 chorus:4 verse:4 chorus:=", syllables: "7-9", rhyme: "AABB")
  return try model.song(shape, lexicon: lexicon, copies: CopyGuard(songs, longest: 6), seed: 2)
}
// snippet ends
