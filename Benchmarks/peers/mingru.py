"""A language model of minGRU layers in PyTorch (Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs all we needed?", 2024).

    z = sigmoid(x Wz),  u = g(x Wu),  h' = (1 - z) * h + z * u,  where g(x) = x + 1/2 for x >= 0, and sigmoid(x) below 0

Gates do not depend on h, so that all time steps are computed at once, by a parallel scan of logarithms. A layer is a minGRU of a multiple
of the width and a linear map back, then two linear maps with GELU between them, each with RMS normalization before it and a residual
connection around it. The decoder is tied to the embedding."""
import math

import torch
from torch import nn
from torch.nn import functional


def log_g(x):
    """The logarithm of g, for which both branches have finite gradients."""
    return torch.where(x >= 0, torch.log(functional.relu(x) + 0.5), functional.logsigmoid(x))


def scan(log_coefficients, log_values, log_start):
    """The logarithms of h(t) = a(t) h(t - 1) + b(t), from those of a and b [B, T, H] and of h(0) [B, H].

    With A(t) the product of a(1) to a(t), h(t) = A(t) (h(0) + the sum of b(s) / A(s) over s up to t)."""
    log_products = log_coefficients.cumsum(1)
    log_sums = torch.logcumsumexp(log_values - log_products, 1)
    return log_products + torch.logaddexp(log_start[:, None], log_sums)


class MinGRU(nn.Module):
    def __init__(self, width, units):
        super().__init__()
        self.units = units
        self.gate_and_candidate = nn.Linear(width, 2 * units, bias=False)

    def forward(self, x, log_state):
        """The states [B, T, H] after each of the inputs [B, T, W], and the logarithm of the last [B, H]."""
        gate, candidate = self.gate_and_candidate(x).chunk(2, -1)
        if log_state is None:
            # g(0), as for a candidate of zeros.
            log_state = x.new_full((len(x), self.units), math.log(0.5))
        log_states = scan(functional.logsigmoid(-gate), functional.logsigmoid(gate) + log_g(candidate), log_state)
        return log_states.exp(), log_states[:, -1].detach()


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

    def forward(self, x, log_state):
        states, log_state = self.cells(self.cells_norm(x), log_state)
        x = x + self.dropout(self.cells_outward(states))
        return x + self.dropout(self.outward(functional.gelu(self.inward(self.maps_norm(x))))), log_state


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
        """Logits [B, T, V] of tokens [B, T], and the layers' states at the end, as logarithms."""
        x, ends = self.dropout(self.embedding(tokens)), []
        for number, block in enumerate(self.blocks):
            x, end = block(x, state[number] if state else None)
            ends.append(end)
        return functional.linear(self.norm(x), self.embedding.weight), ends
