"""A language model of minGRU layers in PyTorch (Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs all we needed?", 2024).

    z = sigmoid(x Wz),  u = g(x Wu),  h' = (1 - z) * h + z * u,  where g(x) = x + 1/2 for x >= 0, and sigmoid(x) below 0

Gates do not depend on h, so that all time steps are computed at once, by a parallel scan. The paper scans logarithms, which is stable; so
is the scan here, since all that it multiplies lies between 0 and 1 and all that it adds is positive. On a CPU, where cumulative sums of
exponentials are slow, a step takes two thirds of the time.

A layer is a minGRU of a multiple of the width and a linear map back, then two linear maps with GELU between them, each with RMS
normalization before it and a residual connection around it. The decoder is tied to the embedding."""
import math

import torch
from torch import nn
from torch.nn import functional


def g(x):
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def scan(coefficients, values, start):
    """h(t) = a(t) h(t - 1) + b(t) for all t at once, from a and b [B, T, H] and h(0) [B, H].

    Doubles the number of steps that each place has taken (Hillis and Steele, "Data parallel algorithms", 1986): after the round of
    distance d, b(t) is what the last 2 d steps come to from a state of zeros, and a(t) the product of theirs."""
    a = coefficients
    b = torch.cat([torch.addcmul(values[:, :1], a[:, :1], start[:, None]), values[:, 1:]], 1)
    distance, steps = 1, a.shape[1]
    while distance < steps:
        b = torch.cat([b[:, :distance], torch.addcmul(b[:, distance:], a[:, distance:], b[:, :-distance])], 1)
        if 2 * distance < steps:
            a = torch.cat([a[:, :distance], a[:, distance:] * a[:, :-distance]], 1)
        distance *= 2
    return b


def log_scan(gate, candidate, start):
    """The states as the paper computes them, by sums and cumulative sums of logarithms: the twin of `scan` for the self-test.

    With A(t) the product of a(1) to a(t), h(t) = A(t) (h(0) + the sum of b(s) / A(s) over s up to t)."""
    log_g = torch.where(candidate >= 0, torch.log(functional.relu(candidate) + 0.5), functional.logsigmoid(candidate))
    log_products = functional.logsigmoid(-gate).cumsum(1)
    log_sums = torch.logcumsumexp(functional.logsigmoid(gate) + log_g - log_products, 1)
    return (log_products + torch.logaddexp(start.log()[:, None], log_sums)).exp()


class MinGRU(nn.Module):
    def __init__(self, width, units):
        super().__init__()
        self.units = units
        self.gate_and_candidate = nn.Linear(width, 2 * units, bias=False)

    def forward(self, x, state):
        """The states [B, T, H] after each of the inputs [B, T, W], and the last [B, H]; without a state the start is g(0)."""
        gate, candidate = self.gate_and_candidate(x).chunk(2, -1)
        if state is None:
            state = x.new_full((len(x), self.units), 0.5)
        z = torch.sigmoid(gate)
        states = scan(1 - z, z * g(candidate), state)
        return states, states[:, -1].detach()


class Block(nn.Module):
    def __init__(self, width, units, dropout):
        super().__init__()
        self.cells_norm = nn.RMSNorm(width)
        self.cells = MinGRU(width, units)
        self.cells_outward = nn.Linear(units, width, bias=False)
        self.maps_norm = nn.RMSNorm(width)
        self.inward = nn.Linear(width, 4 * width, bias=False)
        self.outward = nn.Linear(4 * width, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, state):
        states, state = self.cells(self.cells_norm(x), state)
        x = x + self.dropout(self.cells_outward(states))
        return x + self.dropout(self.outward(functional.gelu(self.inward(self.maps_norm(x))))), state


class MinGRULanguageModel(nn.Module):
    is_recurrent = True

    def __init__(self, vocabulary, settings):
        super().__init__()
        width, layers, units = settings["width"], settings["layers"], round(settings["expansion"] * settings["width"])
        self.embedding = nn.Embedding(vocabulary, width)
        self.dropout = nn.Dropout(settings["dropout"])
        self.blocks = nn.ModuleList(Block(width, units, settings["dropout"]) for _ in range(layers))
        self.norm = nn.RMSNorm(width)
        # As in transformer.py.
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, 0, 0.02 / math.sqrt(2 * layers) if name.endswith("outward.weight") else 0.02)

    def forward(self, tokens, state=None):
        """Logits [B, T, V] of tokens [B, T], and the layers' states at the end."""
        x, ends = self.dropout(self.embedding(tokens)), []
        for number, block in enumerate(self.blocks):
            x, end = block(x, state[number] if state else None)
            ends.append(end)
        return functional.linear(self.norm(x), self.embedding.weight), ends
