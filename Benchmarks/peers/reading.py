"""How the peers of Benchmarks/learning read tokens: Refrain's stores, the windows to train on, and those to evaluate on."""
import struct
from pathlib import Path

import numpy as np
import torch

# The target of a place that is not predicted; torch's cross-entropy leaves it out.
NO_TARGET = -100


def tokens_of_store(path):
    """The vocabulary's size and the token numbers of the training and validation parts: see "The store" in the article Corpora."""
    data = Path(path).read_bytes()
    fields = struct.unpack_from("<25Q", data, 8)
    assert data[:8] == b"RFNSTORE" and fields[0] == 2, f"{path} is not a store of format 2"
    size, vocabulary, sections = fields[1], fields[2], fields[16]
    parts = {}
    for number in range(sections):
        name, offset, count = struct.unpack_from("<32sQQ", data, 256 + 64 * number)
        parts[name.rstrip(b"\0").decode()] = (offset, count // size)
    kind = "<u2" if size == 2 else "<u4"
    ids = [
        np.frombuffer(data, kind, parts[part][1], parts[part][0]).astype(np.int64) for part in ("tokens.training", "tokens.validation")
    ]
    return vocabulary, *map(torch.from_numpy, ids)


def lanes_to_train_on(tokens, lanes, window):
    """Endless (inputs, targets, whether a lane begins), [B, T] each: the text in so many pieces, side by side, as Refrain cuts it."""
    length = (len(tokens) - 1) // lanes
    inputs, targets = (tokens[start : start + length * lanes].view(lanes, length) for start in (0, 1))
    assert length >= window, f"{len(tokens)} tokens are too few for {lanes} lanes of {window}"
    while True:
        for at in range(0, length - window + 1, window):
            yield inputs[:, at : at + window], targets[:, at : at + window], at == 0


def places_to_train_on(tokens, count, window, generator):
    """Endless (inputs, targets, True), [B, T] each: windows from anywhere."""
    while True:
        at = torch.randint(len(tokens) - window, (count, 1), generator=generator) + torch.arange(window)
        yield tokens[at], tokens[at + 1], True


def lanes_to_evaluate(tokens, most=16, window=64):
    """(inputs, targets, whether the lanes begin) in which each token but the first is predicted once, as `refrain evaluate` does it:
    in 16 lanes, or fewer if one would predict less than 512, each from the start."""
    predictions, lanes = len(tokens) - 1, most
    while lanes > 1 and predictions // lanes < 512:
        lanes //= 2
    lengths = [predictions // lanes + (lane < predictions % lanes) for lane in range(lanes)]
    inputs = torch.zeros(lanes, lengths[0], dtype=torch.long)
    targets = torch.full_like(inputs, NO_TARGET)
    start = 0
    for lane, length in enumerate(lengths):
        inputs[lane, :length] = tokens[start : start + length]
        targets[lane, :length] = tokens[start + 1 : start + length + 1]
        start += length
    for at in range(0, lengths[0], window):
        yield inputs[:, at : at + window], targets[:, at : at + window], at == 0


def overlaps_to_evaluate(tokens, window, count=32):
    """(inputs, targets, True) in which each token but the first is predicted once, by windows that begin half a window after one another:
    the first predicts all of its tokens, the others those of their second half, which have half a window before them at least."""
    predictions, half = len(tokens) - 1, window // 2
    starts = list(range(0, max(1, predictions - half), half))
    for first in range(0, len(starts), count):
        some = torch.tensor(starts[first : first + count])[:, None]
        at = some + torch.arange(window)
        targets = tokens[(at + 1).clamp(max=predictions)].clone()
        targets[(at >= predictions) | (some > 0) & (torch.arange(window) < half)] = NO_TARGET
        yield tokens[at.clamp(max=predictions)], targets, True
