"""Trains a language model in PyTorch for some minutes, on the CPU and in fp32: an LSTM, a transformer or minGRU layers.

  learn.py STORE --side lstm --steps 5000 --settings '{"learning_rate": 0.002, ...}'
  learn.py STORE --side lstm --minutes 3 --settings '{"learning_rate": 0.002, ...}'
  learn.py --self-test

Reads the tokens from a store of `refrain prepare`. Adam with decoupled weight decay (AdamW; without decay it is Adam) of matrices,
clipping by global norm. The learning rate rises over the warm-up steps; then it is constant, or falls by half a cosine over the run to the
share `final_rate` of itself. Recurrent models train on lanes whose state is carried from window to window, the transformer on
windows from anywhere.

A run has --steps, or --minutes of steps; evaluations do not count. Prints a JSON object with the loss of the whole validation part in nats
a token at the end (`loss_nats`; null if it is not finite), and at equal marks on the way (`curve`). Benchmarks/learning calls it; its
settings are in Benchmarks/learning.json."""
import argparse
import json
import math
import sys
import time

import torch
from torch.nn import functional

import reading
from lstm import LSTM
from mingru import MinGRULanguageModel
from transformer import Transformer

MODELS = dict(lstm=LSTM, transformer=Transformer, mingru=MinGRULanguageModel)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", help="a store with training and validation songs")
    parser.add_argument("--side", choices=MODELS, default="lstm", help="the model (default: %(default)s)")
    parser.add_argument("--settings", type=json.loads, help="the model's and the optimizer's settings, as JSON")
    parser.add_argument("--steps", type=int, help="the length of the run")
    parser.add_argument("--minutes", type=float, default=3, help="the length without --steps (default: %(default)s)")
    parser.add_argument("--marks", type=int, default=1, help="how many evaluations, the one at the end included (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--self-test", action="store_true", help="check the models and the readers, and stop")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.self_test:
        import self_test

        return self_test.run()
    if not options.store or options.settings is None:
        parser.error("the store or --settings is missing")
    print(json.dumps(train(options)))


def train(options):
    settings = options.settings
    vocabulary, training, validation = reading.tokens_of_store(options.store)
    torch.manual_seed(options.seed)
    model = MODELS[options.side](vocabulary, settings)
    optimizer = make_optimizer(model, settings)
    if model.is_recurrent:
        minibatches = reading.lanes_to_train_on(training, settings["batch"], settings["window"])
    else:
        generator = torch.Generator().manual_seed(options.seed)
        minibatches = reading.places_to_train_on(training, settings["batch"], settings["window"], generator)

    budget, spent, processor, step, state, curve = 60 * options.minutes, 0.0, 0.0, 0, None, []

    def done():
        """The share of the run that has gone by."""
        return step / options.steps if options.steps else spent / budget

    while len(curve) < options.marks:
        begin, processor_begin = time.perf_counter(), time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = settings["learning_rate"] * rate_factor(step, done(), settings)
        inputs, targets, begins = next(minibatches)
        optimizer.zero_grad()
        logits, state = model(inputs, None if begins else state)
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
        optimizer.step()
        failed = not math.isfinite(loss.item())
        step += 1
        spent += time.perf_counter() - begin
        processor += time.process_time() - processor_begin
        if failed or done() >= (len(curve) + 1) / options.marks:
            curve.append([spent / 60, math.nan if failed else evaluate(model, validation, settings)])
            print(f"minute {spent / 60:.2f}: step {step}, {curve[-1][1]:.4f} nats", file=sys.stderr, flush=True)
        if failed or done() >= 1:
            break
    curve = [[minutes, loss if math.isfinite(loss) else None] for minutes, loss in curve]
    return dict(
        loss_nats=curve[-1][1], curve=curve, steps=step, training_tokens=step * settings["batch"] * settings["window"], seconds=spent,
        processor_seconds=processor, validation_tokens=len(validation) - 1, parameters=sum(part.numel() for part in model.parameters()),
        version=torch.__version__,
    )  # fmt: skip


def make_optimizer(model, settings):
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    others = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [dict(params=matrices, weight_decay=settings["weight_decay"]), dict(params=others, weight_decay=0)]
    return torch.optim.AdamW(groups, lr=settings["learning_rate"], betas=(settings["beta1"], settings["beta2"]), fused=True)


def rate_factor(step, share, settings):
    """What the rate is multiplied by at a step, when this share of the run has gone by."""
    warmup = min(1, (step + 1) / settings["warmup_steps"]) if settings["warmup_steps"] else 1
    if settings["schedule"] == "constant":
        return warmup
    final = settings["final_rate"]
    return warmup * (final + (1 - final) * (0.5 + 0.5 * math.cos(math.pi * min(1, share))))


@torch.inference_mode()
def evaluate(model, tokens, settings):
    """Mean cross-entropy in nats of every token but the first."""
    windows = reading.lanes_to_evaluate(tokens) if model.is_recurrent else reading.overlaps_to_evaluate(tokens, settings["window"])
    total, count, state = 0.0, 0, None
    model.eval()
    for inputs, targets, begins in windows:
        logits, state = model(inputs, None if begins else state)
        total += functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=reading.NO_TARGET, reduction="sum"
        ).item()
        count += (targets != reading.NO_TARGET).sum().item()
    model.train()
    assert count == len(tokens) - 1, f"{count} tokens were predicted, expected {len(tokens) - 1}"
    return total / count


if __name__ == "__main__":
    main()
