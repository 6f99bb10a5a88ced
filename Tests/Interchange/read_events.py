"""Compares event files, as TensorBoard reads them, with the logs of the model directory that the same run wrote.

Usage: read_events.py EVENTS MODEL. Needs the packages `tensorboard` and `numpy` from PyPI.
"""
import json
import pathlib
import re
import sys

import numpy as np
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util

KEYS = ["loss_nats", "perplexity", "learning_rate", "gradient_norm", "tokens_per_second", "tokens", "epoch", "elapsed_seconds"]


def read(folder):
    """What TensorBoard shows of a run: this class reads for its pages. Scripts mostly use the older one, which has the numbers too."""
    events = plugin_event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def rows(events, tag):
    return [(row.step, tensor_util.make_ndarray(row.tensor_proto)) for row in events.Tensors(tag)]


def samples(path):
    parts = re.split(r"^=== step (\d+), loss \S+ nats ===\n", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    return [(int(step), text[:-2]) for step, text in zip(parts[::2], parts[1::2])]


def main(board, model):
    lines = [json.loads(line) for line in (model / "metrics.jsonl").read_text().splitlines()]
    assert {line["kind"] for line in lines} == {"train", "validation"}, "both kinds of lines are needed"
    count = 0
    for kind in ["train", "validation"]:
        events = read(board / kind)
        older = event_accumulator.EventAccumulator(str(board / kind), size_guidance={"scalars": 0})
        older.Reload()
        scalars = set(events.PluginTagToContent("scalars"))
        assert scalars == set(KEYS), scalars
        for key in KEYS:
            # TensorBoard's numbers are float32.
            expected = [(line["step"], np.float32(line[key])) for line in lines if line["kind"] == kind]
            found = rows(events, key)
            assert [(step, value[()]) for step, value in found] == expected, (kind, key, found[:3], expected[:3])
            assert [(row.step, np.float32(row.value)) for row in older.Scalars(key)] == expected, (kind, key)
            count += len(found)

    train = read(board / "train")
    texts = [(step, value[()].decode()) for step, value in rows(train, "sample")]
    expected = [(step, "    " + text.replace("\n", "\n    ")) for step, text in samples(model / "samples.txt")]
    assert texts == expected and texts, (texts, expected)

    tags = set(train.PluginTagToContent("histograms"))
    groups = {tag.split("/")[0] for tag in tags}
    assert groups == {"weights", "gradients", "gates"}, tags
    steps = {tuple(step for step, _ in rows(train, tag)) for tag in tags}
    assert len(steps) == 1 and lines[-1]["step"] in next(iter(steps)), steps
    for tag in tags:
        for _, buckets in rows(train, tag):
            assert buckets.shape == (30, 3) and (buckets[1:, 0] == buckets[:-1, 1]).all() and buckets[:, 2].sum() > 0, tag

    # The histogram of the last step's weights is that of the model that the run saved, unless it saved their average.
    data = (model / "model.safetensors").read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
    start = 8 + int.from_bytes(data[:8], "little")
    compared = 0
    for tag in tags:
        entry = header.get(tag.removeprefix("weights/"))
        if entry is None or entry["dtype"] != "F32":
            continue
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[start + first:start + last], "<f4").astype(np.float64)
        buckets = rows(train, tag)[-1][1]
        edges = np.append(buckets[:, 0], buckets[-1, 1])
        assert edges[0] == values.min() and edges[-1] == values.max(), tag
        if edges[0] < edges[-1]:
            # A number within a rounding of an edge may lie on either side.
            assert np.abs(np.histogram(values, edges)[0] - buckets[:, 2]).sum() <= 2, tag
        assert buckets[:, 2].sum() == len(values), tag
        compared += 1
    assert compared >= 5, compared
    print(f"equal: {count} numbers, {len(texts)} samples, {len(tags)} histograms of {len(next(iter(steps)))} steps, {compared} compared with weights")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
