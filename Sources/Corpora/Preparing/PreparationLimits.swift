/// What bounds the memory of a preparation. The usual ones are for all corpora; tests set lower ones.
package struct PreparationLimits: Sendable, Hashable {
  /// More different tokens are not told apart: about 250 MiB of table. What comes after is unknown to a word model, and bytes to one of
  /// byte pairs.
  package var types = 4 << 20
  /// The most songs whose hashes are held at once to find copies; there are as many sweeps over all songs as it takes.
  package var hashes = 1 << 19
  /// About how many bytes are read at once for a worker.
  package var batchBytes = 4 << 20
  /// The most bytes that one record may have; more are no song.
  package var recordBytes = 16 << 20

  package init() {}
}
