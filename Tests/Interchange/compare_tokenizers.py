"""Compares the token numbers of tokenizer.json, as Hugging Face's `tokenizers` reads it, with those of a store that Refrain prepared.

Usage: compare_tokenizers.py REFRAIN. Needs the package `tokenizers` from PyPI.
"""
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

PIECES = ["la", "love", "Größe", "don't", "I'll", "rock-n-roll", "日本", "café", "1,000", "...", "!?", "(x2)", "  ", "\t", "😀", "ёлка", "<unk>",
          "a<unk>b", "'s", "'til", "\u00a0", "[Chorus]", "ΣΑΣ", "x" * 60,
          # Combining marks: after letters, digits and symbols, alone, and after a contraction that they make another letter of.
          "हिन्दी", "தமிழ்", "বাংলা", "မြန်မာ", "مَرْحَبًا", "שָׁלוֹם", "ตัวนั้น", "e\u0301te\u0301", "5\u0301", "५ॉ", "1\ufe0f\u20e3", "\u0301", "\u0301x", "-\u0301",
          "(\u0301)", "'s\u0301", "'re\u0301x", "'ll\u0301", "\U000e0100", "葛\U000e0100", "\u0903", "\U00011F34\u0301",
          # Joiners and variation selectors.
          "क्\u200dष", "ন্\u200cত", "می\u200cخواهم", "\u200d", "\u200dक", "5\u200cम", "👩\u200d👩\u200d👧", "❤\ufe0f", "love❤\ufe0f", "🏳\ufe0f\u200d🌈", "#\ufe0f\u20e3"]


def song(rng):
    lines = []
    for _ in range(rng.randint(2, 9)):
        words = [rng.choice(PIECES) for _ in range(rng.randint(1, 9))]
        lines.append("".join(word + rng.choice(["", " ", " ", " "]) for word in words).strip() or "la")
    return "\n".join(lines)


def tokens_of(store):
    """The tokens of the training part: see the article on file formats."""
    data = store.read_bytes()
    assert data[:8] == b"RFNSTORE"
    fields = struct.unpack("<23Q", data[8:8 + 23 * 8])
    size, count = fields[1], fields[3]
    return list(struct.unpack(f"<{count}{'H' if size == 2 else 'I'}", data[4096:4096 + size * count]))


def main(refrain):
    rng = random.Random(7)
    songs = [song(rng) for _ in range(300)]
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for tokens in ["bpe", "whitespace"]:
            for lowercase in [False, True]:
                text = ("\n\n\n" if tokens == "bpe" else "\n").join(songs) + "\n"
                (folder / "songs.txt").write_text(text, encoding="utf-8")
                flags = ["--tokens", tokens, "--validation-fraction", "0", "--deduplicate", "none"] + ["--lowercase"] * lowercase
                if tokens == "bpe":
                    flags += ["--max-vocabulary", "600", "--no-nfc"]
                else:
                    flags += ["--min-count", "3"]
                store, out = folder / f"{tokens}.store", folder / "tokenizer.json"
                subprocess.run([refrain, "prepare", folder / "songs.txt", "--out", store, "--tokenizer", out, "--quiet"] + flags, check=True)
                theirs = Tokenizer.from_file(str(out))
                if tokens == "whitespace":
                    expected = theirs.encode(text).ids
                else:
                    boundary = theirs.token_to_id("<song>")
                    expected = [boundary]
                    for one in songs:
                        expected += theirs.encode(one).ids + [boundary]
                found = tokens_of(store)
                same = found == expected
                failures += not same
                print(f"{tokens} lowercase={lowercase}: {len(found)} tokens, {'the same' if same else 'DIFFERENT'}")
                if not same:
                    place = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
                    print("  first at", place, [theirs.id_to_token(i) for i in found[place - 3:place + 4]],
                          [theirs.id_to_token(i) for i in expected[place - 3:place + 4]])
                assert json.loads(out.read_text(encoding="utf-8"))["model"]["vocab"]
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
