"""Trains an LSTM language model in PyTorch for some minutes: embedding, nn.LSTM, dropout, linear decoder, cross-entropy, clipping by
global norm; fp32; lanes and windows are Refrain's. Prints the validation loss in nats a token at each mark, as a JSON list."""
import argparse
import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("validation", type=Path)
parser.add_argument("--tokens", choices=["char", "whitespace"])
parser.add_argument("--optimizer", choices=["rmsprop", "adam"])
parser.add_argument("--minutes", type=float, nargs="+")
parser.add_argument("--learning-rate", type=float)
parser.add_argument("--dropout", type=float)
for name in ("embedding", "hidden", "layers", "batch", "window", "threads"):
    parser.add_argument(f"--{name}", type=int)
options = parser.parse_args()
torch.manual_seed(1)
torch.set_num_threads(options.threads)


def tokens(path):
    text = path.read_text()
    return list(text) if options.tokens == "char" else text.replace("\n", " <eos> ").split()


words = tokens(options.text)
numbers = {word: number for number, word in enumerate(["<unk>"] + sorted(set(words)))}
vocabulary = len(numbers)


def lanes(words, count):
    """[N, lanes] inputs and targets: the text in so many pieces, side by side; what is left over is left out."""
    line = torch.tensor([numbers.get(word, 0) for word in words])
    length = (len(line) - 1) // count
    return tuple(line[start : start + length * count].view(count, length).t().contiguous() for start in (0, 1))


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, options.embedding)
        self.lstm = nn.LSTM(options.embedding, options.hidden, options.layers, dropout=options.dropout if options.layers > 1 else 0)
        self.dropout = nn.Dropout(options.dropout)
        self.decoder = nn.Linear(options.hidden, vocabulary)

    def forward(self, x, state):
        h, state = self.lstm(self.embedding(x), state)
        return self.decoder(self.dropout(h)).view(-1, vocabulary), state


model = LanguageModel()
if options.optimizer == "adam":
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
else:
    optimizer = torch.optim.RMSprop(model.parameters(), lr=options.learning_rate, alpha=0.9, eps=1e-8)


def start(count):
    return tuple(torch.zeros(options.layers, count, options.hidden) for _ in range(2))


def evaluate():
    inputs, targets = lanes(tokens(options.validation), 16)
    state, total = start(16), 0.0
    model.eval()
    with torch.no_grad():
        for at in range(0, len(inputs), 100):
            logits, state = model(inputs[at : at + 100], state)
            total += nn.functional.cross_entropy(logits, targets[at : at + 100].reshape(-1), reduction="sum").item()
    model.train()
    return total / inputs.numel()


inputs, targets = lanes(words, options.batch)
windows = len(inputs) // options.window
state, losses, spent, step = start(options.batch), [], 0.0, 0
for minutes in options.minutes:
    while spent < 60 * minutes:
        begin = time.perf_counter()
        at = step % windows * options.window
        state = tuple(part.detach() for part in state) if at else start(options.batch)
        optimizer.zero_grad()
        logits, state = model(inputs[at : at + options.window], state)
        loss = nn.functional.cross_entropy(logits, targets[at : at + options.window].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        step += 1
        spent += time.perf_counter() - begin
    losses.append(evaluate())
    print(f"minute {minutes:g}: {step} steps, {losses[-1]:.3f} nats", file=sys.stderr, flush=True)
print(json.dumps(losses))
