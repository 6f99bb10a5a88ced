"""The self-test of the peers of Benchmarks/learning: `learn.py --self-test`. Prints a line a check; the first that fails ends it."""
import math
import sys

import torch
from torch.nn import functional

import learn
import mingru
import reading
from mingru import MinGRULanguageModel
from transformer import Transformer

SETTINGS = dict(
    width=32, layers=2, heads=4, window=16, expansion=2, embedding=24, hidden=32, tied=True, drops_input=True, dropout=0.0, batch=4,
    learning_rate=0.01, beta1=0.9, beta2=0.99, weight_decay=0.1, clip_norm=1, warmup_steps=5, schedule="cosine", final_rate=0.1,
)  # fmt: skip
VOCABULARY = 20


def run():
    for check in (
        scan_equals_a_loop, split_windows_equal_one, future_tokens_are_hidden, each_token_is_predicted_once, lanes_are_in_order,
        windows_do_not_change_the_loss, every_model_learns, rates_follow_the_schedule,
    ):  # fmt: skip
        torch.manual_seed(1)
        check()
        print(f"{check.__name__.replace('_', ' ')}: ok", file=sys.stderr)


def close(found, expected, tolerance):
    difference = (found - expected).abs().max().item()
    assert difference <= tolerance, f"differs by {difference}, expected {tolerance} at most"


def scan_equals_a_loop():
    """The parallel scan, and the paper's of logarithms, against h' = (1 - z) h + z u, one step after the other."""
    for kind, scale, steps in ((torch.float64, 1.0, 50), (torch.float64, 20.0, 50), (torch.float64, 1.0, 1), (torch.float32, 1.0, 64)):
        cells = mingru.MinGRU(8, 12).to(kind)
        x = scale * torch.randn(3, steps, 8, dtype=kind)
        start = torch.rand(3, 12, dtype=kind) + 0.1
        found, end = cells(x, start)
        gate, candidate = cells.gate_and_candidate(x).chunk(2, -1)
        z = torch.sigmoid(gate)
        u = torch.where(candidate >= 0, candidate + 0.5, torch.sigmoid(candidate))
        states, h = [], start
        for step in range(steps):
            h = (1 - z[:, step]) * h + z[:, step] * u[:, step]
            states.append(h)
        expected = torch.stack(states, 1)
        # A state is a sum of products of at most so many positive numbers, each rounded once.
        close(found / expected, torch.ones_like(expected), 4 * steps * torch.finfo(kind).eps)
        close(end, found[:, -1], 0)
        # 1 - z has an error of epsilon, by which a gate that is nearly open keeps another share of the state; in sums of logarithms the
        # error is relative to the largest of them.
        logarithms = functional.logsigmoid(-gate).cumsum(1).abs().max().item()
        tolerance = 8 * steps * torch.finfo(kind).eps * max(1, logarithms) * max(1, expected.max().item())
        close(mingru.log_scan(gate, candidate, start), expected, tolerance)


def split_windows_equal_one():
    """A window in two parts, with the state carried, against the whole: the recurrent models."""
    tokens = torch.randint(VOCABULARY, (3, 16))
    for side in ("lstm", "mingru"):
        model = learn.MODELS[side](VOCABULARY, SETTINGS).double().eval()
        whole, _ = model(tokens)
        first, state = model(tokens[:, :7])
        second, _ = model(tokens[:, 7:], state)
        close(torch.cat([first, second], 1), whole, 1e-10)


def future_tokens_are_hidden():
    """Other tokens from some place on leave all predictions before it as they are, and change those after it: every model."""
    tokens = torch.randint(VOCABULARY, (3, 16))
    others = tokens.clone()
    others[:, 9:] = (others[:, 9:] + 1) % VOCABULARY
    past = tokens.clone()
    past[:, 0] = (past[:, 0] + 1) % VOCABULARY
    for make in learn.MODELS.values():
        model = make(VOCABULARY, SETTINGS).double().eval()
        expected, found, with_past = model(tokens)[0], model(others)[0], model(past)[0]
        close(found[:, :9], expected[:, :9], 1e-12)
        assert (found[:, 9:] - expected[:, 9:]).abs().amax((0, 2)).min() > 1e-9, "the present token changes nothing"
        assert (with_past[:, 15] - expected[:, 15]).abs().max() > 1e-12, "the past changes nothing"


def each_token_is_predicted_once():
    for length in (2, 3, 16, 17, 18, 24, 25, 33, 100, 1_111, 9_000):
        tokens = torch.arange(length)
        for windows in (reading.lanes_to_evaluate(tokens), reading.overlaps_to_evaluate(tokens, 16, count=5)):
            found = []
            for inputs, targets, _ in windows:
                predicted = targets != reading.NO_TARGET
                assert torch.equal(inputs[predicted] + 1, targets[predicted]), "a target is not the token after its input"
                found += targets[predicted].tolist()
            assert sorted(found) == list(range(1, length)), f"of {length} tokens the {len(found)} predicted ones are not all but the first"
    for inputs, targets, _ in reading.overlaps_to_evaluate(torch.arange(1_000), 16):
        for lane_inputs, lane_targets in zip(inputs, targets):
            if lane_inputs[0] > 0:
                assert (lane_targets[:8] == reading.NO_TARGET).all(), "a prediction has less than half a window before it"


def lanes_are_in_order():
    """Windows to train on follow one another in their lanes, and begin anew at the end of the text."""
    windows = reading.lanes_to_train_on(torch.arange(103), 4, 8)
    first = [next(windows) for _ in range(4)]
    assert [begins for _, _, begins in first] == [True, False, False, True]
    assert torch.equal(first[0][0][:, 0], torch.tensor([0, 25, 50, 75])) and torch.equal(first[1][0][:, 0], first[0][0][:, 0] + 8)
    assert torch.equal(first[3][0], first[0][0]) and all(torch.equal(x + 1, y) for x, y, _ in first)


def windows_do_not_change_the_loss():
    """The loss by windows of 64 against the mean over each lane at once."""
    tokens = torch.randint(VOCABULARY, (1_500,))
    for side in ("lstm", "mingru"):
        model = learn.MODELS[side](VOCABULARY, SETTINGS).double().eval()
        found = learn.evaluate(model, tokens, SETTINGS)
        [(inputs, targets, _)] = reading.lanes_to_evaluate(tokens, window=len(tokens))
        with torch.inference_mode():
            logits, _ = model.eval()(inputs)
        expected = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=reading.NO_TARGET).item()
        assert abs(found - expected) < 1e-10, f"{side}: {found}, expected {expected}"


def every_model_learns():
    """Two hundred steps on a text in which every token follows from the one before."""
    tokens = torch.arange(2_000) * 7 % VOCABULARY
    for side, make in learn.MODELS.items():
        model = make(VOCABULARY, SETTINGS)
        optimizer = learn.make_optimizer(model, SETTINGS)
        before = learn.evaluate(model, tokens, SETTINGS)
        assert abs(before - math.log(VOCABULARY)) < 0.3, f"{side}: starts at {before}, expected about {math.log(VOCABULARY)}"
        minibatches = reading.lanes_to_train_on(tokens, 4, 16)
        for _ in range(200):
            inputs, targets, _ = next(minibatches)
            optimizer.zero_grad()
            functional.cross_entropy(model(inputs)[0].flatten(0, 1), targets.flatten()).backward()
            optimizer.step()
        after = learn.evaluate(model, tokens, SETTINGS)
        assert after < 0.3, f"{side}: {after} nats after 200 steps, expected less than 0.3"


def rates_follow_the_schedule():
    factors = [learn.rate_factor(step, share, SETTINGS) for step, share in ((0, 0), (4, 0), (10, 0.5), (10, 1), (10, 1.1))]
    assert all(abs(found - expected) < 1e-12 for found, expected in zip(factors, (0.2, 1, 0.55, 0.1, 0.1))), factors
    constant = dict(SETTINGS, schedule="constant")
    assert learn.rate_factor(10, 0.9, constant) == 1
