"""A training step of the LSTM language model in PyTorch: embedding, nn.LSTM, linear decoder, cross-entropy, clipping by global norm,
RMSprop; the state is carried from window to window. fp32, or bf16 by autocast; eager, or compiled."""
import contextlib

import torch
from torch import nn

from common import arguments, minibatches, report, timed

sizes = arguments(__doc__, bf16=0, compile=0)
torch.manual_seed(1)
torch.set_num_threads(sizes.threads)


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.embedding)
        self.lstm = nn.LSTM(sizes.embedding, sizes.hidden, sizes.layers)
        self.decoder = nn.Linear(sizes.hidden, sizes.vocabulary)

    def forward(self, x, state):
        h, state = self.lstm(self.embedding(x), state)
        return self.decoder(h), state


model = LanguageModel()
run = torch.compile(model) if sizes.compile else model
precision = (lambda: torch.autocast("cpu", torch.bfloat16)) if sizes.bf16 else contextlib.nullcontext
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-8)
state = tuple(torch.zeros(sizes.layers, sizes.batch, sizes.hidden) for _ in range(2))


def step(x, y):
    global state
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    state = tuple(part.detach().float() for part in state)
    optimizer.zero_grad()
    with precision():
        logits, state = run(x, state)
        loss = nn.functional.cross_entropy(logits.view(-1, sizes.vocabulary).float(), y.reshape(-1))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return loss.item()


report(timed(step, minibatches(sizes), sizes.repetitions), torch.__version__)
