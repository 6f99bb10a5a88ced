"""A small transformer language model in PyTorch (Vaswani et al., "Attention is all you need", 2017), of the kind that nanoGPT trains.

Learned positions; layer normalization before attention and before the two linear maps (Radford et al., "Language models are unsupervised
multitask learners", 2019), with GELU between them; no biases; decoder tied to the embedding."""
import math

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    """Causal self-attention with several heads: a token sees itself and those before it."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width, bias=False)
        self.outward = nn.Linear(width, width, bias=False)
        self.dropout = dropout

    def forward(self, x):
        batch, steps, width = x.shape
        query, key, value = self.inward(x).view(batch, steps, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0
        mixed = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True)
        return self.outward(mixed.transpose(1, 2).reshape(batch, steps, width))


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, bias=False)
        self.attention = Attention(width, heads, dropout)
        self.maps_norm = nn.LayerNorm(width, bias=False)
        self.inward = nn.Linear(width, 4 * width, bias=False)
        self.outward = nn.Linear(4 * width, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.dropout(self.attention(self.attention_norm(x)))
        return x + self.dropout(self.outward(functional.gelu(self.inward(self.maps_norm(x)))))


class Transformer(nn.Module):
    # Each window is read by itself.
    is_recurrent = False

    def __init__(self, vocabulary, settings):
        super().__init__()
        width, layers = settings["width"], settings["layers"]
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(settings["window"], width)
        self.dropout = nn.Dropout(settings["dropout"])
        self.blocks = nn.ModuleList(Block(width, settings["heads"], settings["dropout"]) for _ in range(layers))
        self.norm = nn.LayerNorm(width, bias=False)
        # GPT-2's start: what is added to the stream of the residuals is small, by the number of additions.
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, 0, 0.02 / math.sqrt(2 * layers) if name.endswith("outward.weight") else 0.02)

    def forward(self, tokens, state=None):
        """Logits [B, T, V] of tokens [B, T] at the positions 0 to T - 1; there is no state."""
        x = self.dropout(self.embedding(tokens) + self.positions(torch.arange(tokens.shape[1])))
        for block in self.blocks:
            x = block(x)
        return functional.linear(self.norm(x), self.embedding.weight), None
