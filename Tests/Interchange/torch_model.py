"""Makes a random language model in PyTorch for `refrain import`, and prints its perplexity of a text.

    python3 torch_model.py FOLDER BIASES DTYPE TIED CELL
writes FOLDER/model.safetensors, FOLDER/words.txt (the vocabulary) and FOLDER/text.txt. BIASES is 0, 1 or 2: 1 is what other libraries save,
one bias a layer. DTYPE is float32, float16, bfloat16 or float64; TIED is 0, 1, or 2 for tied with a projection between; CELL is
LSTM, GRU or RNN.
"""
import math, pathlib, sys

import torch
from safetensors.torch import save_file
from torch import nn

folder, biases, dtype, tied = pathlib.Path(sys.argv[1]), int(sys.argv[2]), getattr(torch, sys.argv[3]), int(sys.argv[4])
torch.manual_seed(biases + 10 * tied)
V, H, L = 40, 24, 2
E = H if tied == 1 else 17
encoder, rnn, decoder = nn.Embedding(V, E), getattr(nn, sys.argv[5])(E, H, L, bias=biases > 0), nn.Linear(E if tied else H, V)
project = nn.Linear(H, E, bias=False) if tied == 2 else nn.Identity()
modules = nn.ModuleDict({"encoder": encoder, "rnn": rnn, "project": project, "decoder": decoder})
for parameter in modules.parameters():
    parameter.data.uniform_(-0.7, 0.7)
    parameter.data = parameter.data.to(dtype)
if tied:
    decoder.weight = encoder.weight
if biases == 1:
    for layer in range(L):
        getattr(rnn, f"bias_hh_l{layer}").data.zero_()
state = {name: tensor.contiguous() for name, tensor in modules.state_dict().items() if not (biases == 1 and "bias_hh" in name)}
if tied == 1:
    del state["decoder.weight"]
elif tied == 2:
    state["decoder.weight"] = state["decoder.weight"].clone()  # save_file wants no shared memory
save_file(state, folder / "model.safetensors")

words = ["<unk>", "<eos>"] + [f"w{number}" for number in range(V - 2)]
tokens = torch.randint(1, V, (600,)).tolist() + [1]
lines = " ".join(words[token] for token in tokens).replace(" <eos>", "\n")
(folder / "words.txt").write_text("\n".join(words) + "\n")
(folder / "text.txt").write_text(lines + "\n" if not lines.endswith("\n") else lines)

modules.float()
with torch.no_grad():
    hidden, _ = rnn(encoder(torch.tensor(tokens[:-1])[:, None]))
    loss = nn.functional.cross_entropy(decoder(project(hidden))[:, 0], torch.tensor(tokens[1:]))
print(math.exp(loss.item()))
