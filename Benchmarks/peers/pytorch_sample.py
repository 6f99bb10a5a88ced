"""Sampling from the LSTM language model in PyTorch: so many streams at once, a token of each a step, temperature 0.8.

--way 0 is nn.LSTM as it comes, 1 is nn.LSTM without oneDNN, which packs the weights anew at each call, 2 is a chain of nn.LSTMCell."""
import torch
from torch import nn

from common import arguments, report, timed

sizes = arguments(__doc__, streams=1, way=0)
torch.manual_seed(1)
torch.set_num_threads(sizes.threads)
torch.backends.mkldnn.enabled = sizes.way == 0

embedding = nn.Embedding(sizes.vocabulary, sizes.embedding)
lstm = nn.LSTM(sizes.embedding, sizes.hidden, sizes.layers)
cells = [nn.LSTMCell(sizes.hidden if layer else sizes.embedding, sizes.hidden) for layer in range(sizes.layers)]
decoder = nn.Linear(sizes.hidden, sizes.vocabulary)
tokens = torch.zeros(sizes.streams, dtype=torch.long)
state = tuple(torch.zeros(sizes.layers, sizes.streams, sizes.hidden) for _ in range(2))
states = [(torch.zeros(sizes.streams, sizes.hidden), torch.zeros(sizes.streams, sizes.hidden)) for _ in cells]


def hidden(x):
    global state
    if sizes.way < 2:
        h, state = lstm(x[None], state)
        return h[0]
    for layer, cell in enumerate(cells):
        states[layer] = cell(x, states[layer])
        x = states[layer][0]
    return x


@torch.inference_mode()
def step(*_):
    global tokens
    for _ in range(sizes.window):
        probabilities = torch.softmax(decoder(hidden(embedding(tokens))) / 0.8, -1)
        tokens = torch.multinomial(probabilities, 1).view(-1)


times = timed(step, iter(lambda: (None, None), 0), sizes.repetitions)
report(times, torch.__version__)
