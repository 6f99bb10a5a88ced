"""An LSTM language model in PyTorch: embedding, dropout, nn.LSTM with dropout between layers, dropout, linear decoder.

The weights of the decoder can be tied to the embedding (Press and Wolf, "Using the output embedding to improve language models", 2017);
where the sizes differ, a projection without bias comes between, as in Refrain."""
import torch
from torch import nn


class LSTM(nn.Module):
    # Whether the state of one window is the start of the next.
    is_recurrent = True

    def __init__(self, vocabulary, settings):
        super().__init__()
        embedding, hidden, layers, dropout = (settings[key] for key in ("embedding", "hidden", "layers", "dropout"))
        self.embedding = nn.Embedding(vocabulary, embedding)
        # The start of PyTorch's example of a word language model; the standard normal one is too large for tied weights.
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.lstm = nn.LSTM(embedding, hidden, layers, dropout=dropout if layers > 1 else 0, batch_first=True)
        self.dropout_input = nn.Dropout(dropout if settings["drops_input"] else 0)
        self.dropout = nn.Dropout(dropout)
        if settings["tied"]:
            self.projection = nn.Linear(hidden, embedding, bias=False) if embedding != hidden else nn.Identity()
            self.decoder = nn.Linear(embedding, vocabulary)
            self.decoder.weight = self.embedding.weight
        else:
            self.projection = nn.Identity()
            self.decoder = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        """Logits [B, T, V] of tokens [B, T], and the state at the end; without a state the start is zeros."""
        hidden, state = self.lstm(self.dropout_input(self.embedding(tokens)), state)
        return self.decoder(self.projection(self.dropout(hidden))), tuple(part.detach() for part in state)
