internal import Basics
internal import Inspection
internal import Refrain

/// What `refrain inspect --like` found: the object of `--json`, and the table.
struct LikeReport: Encodable {
  struct Place: Encodable {
    /// How many of the units are on over the whole span.
    var units: Int
    /// The number of the song, counted from 1.
    var song: Int
    var source: String
    var line: Int
    var title: String?
    var artist: String?
    /// The position of the span's first token in the song, counted from 0.
    var token: Int
    var before: String
    var text: String
    var after: String
  }

  struct Unit: Encodable {
    var layer: Int
    var unit: Int
  }

  var start: Int
  var end: Int
  /// The units that are on over the whole span.
  var units: [Unit]
  var places: [Place]

  /// Tokens that are shown before and after a span.
  private static let context = 6

  init(_ found: LikeSearch.Result, span like: Range<Int>, songs: EncodedSongs, model: Model) {
    start = like.lowerBound
    end = like.upperBound
    let sizes = model.weights.configuration.hiddenSizes
    units = found.units.map { number in
      let place = RecordedStates.place(ofUnit: number, hiddenSizes: sizes)
      return Unit(layer: place.layer, unit: place.unit)
    }
    let length = like.count
    places = found.places.map { place in
      let song = songs.songs[place.song], span = place.start..<place.start + length
      let shown = max(song.range.lowerBound, span.lowerBound - Self.context)..<min(song.range.upperBound, span.upperBound + Self.context)
      let pieces = InspectedText.pieces(of: shown, in: songs, tokenizer: model.tokenizer)
      func text(_ range: Range<Int>) -> String {
        zip(shown, pieces).filter { range.contains($0.0) }.map(\.1).joined().replacing("\n", with: " / ")
      }
      return Place(
        units: place.units, song: place.song + 1, source: song.source, line: song.line, title: song.details.title,
        artist: song.details.artist, token: span.lowerBound - song.range.lowerBound,
        before: text(shown.lowerBound..<span.lowerBound), text: text(span), after: text(span.upperBound..<shown.upperBound))
    }
  }

  /// For people to read.
  var table: String {
    let names = units.prefix(16).map { "\($0.layer):\($0.unit)" }.joined(separator: " ")
    var table = "\(units.count.counted("unit")) on over tokens \(start) to \(end - 1): \(names)\(units.count > 16 ? " ..." : "")\n\n"
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
    if places.isEmpty { return table + "No song has a place where one of these units is on over a span of that length.\n" }
    table += "\(padded("units", 10))\(padded("song", 34))\(padded("token", 8))text\n"
    for place in places {
      let name = [place.title ?? "song \(place.song.grouped)", place.artist].compactMap(\.self).joined(separator: ", ")
      let short = name.count > 32 ? name.prefix(29) + "..." : name
      table += padded("\(place.units)/\(units.count)", 10) + padded(short.replacing("\n", with: " "), 34) + padded("\(place.token)", 8)
      table += "\(place.before)[[\(place.text)]]\(place.after)\n"
    }
    return table
  }
}
