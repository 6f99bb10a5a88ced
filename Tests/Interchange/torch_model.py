"""Makes a random language model in PyTorch for `refrain import`, and prints its perplexity of a text.

    python3 torch_model.py FOLDER BIASES DTYPE TIED CELL
writes FOLDER/model.safetensors, FOLDER/words.txt (the vocabulary) and FOLDER/text.txt. BIASES is 0, 1 or 2: 1 is what other libraries save,
one bias a layer. DTYPE is float32, float16, bfloat16 or float64; TIED is 0, 1, or 2 for tied with a projection between; CELL is
LSTM, GRU, RNN, or AWD for three LSTM layers of different sizes under the names of fastai.
"""
import math, pathlib, sys

import torch
from safetensors.torch import save_file
from torch import nn

folder, biases, dtype, tied = pathlib.Path(sys.argv[1]), int(sys.argv[2]), getattr(torch, sys.argv[3]), int(sys.argv[4])
torch.manual_seed(biases + 10 * tied)
V, H, L = 40, 24, 2
E = H if tied == 1 else 17


class Layers(nn.ModuleList):
    """LSTM layers, the last of which is as wide as the embedding."""

    def __init__(self):
        super().__init__(nn.LSTM(size, after) for size, after in [(E, 31), (31, H + 5), (H + 5, E if tied else H)])

    def forward(self, values):
        for layer in self:
            values, state = layer(values)
        return values, state


rnn = Layers() if sys.argv[5] == "AWD" else getattr(nn, sys.argv[5])(E, H, L, bias=biases > 0)
encoder, decoder = nn.Embedding(V, E), nn.Linear(E if tied else H, V)
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
if sys.argv[5] == "AWD":
    def fastai_name(name):
        module, rest = name.split(".", 1)
        if module != "rnn":
            return ("1." if module == "decoder" else "0.") + name
        number, rest = rest.split(".")
        return f"0.rnns.{number}.weight_hh_l0_raw" if rest == "weight_hh_l0" else f"0.rnns.{number}.module.{rest}"

    dropped = {f"0.rnns.{number}.module.weight_hh_l0": nn.functional.dropout(layer.weight_hh_l0.detach()) for number, layer in enumerate(rnn)}
    state = {fastai_name(name): tensor.clone() for name, tensor in modules.state_dict().items()} | dropped
    state["0.encoder_dp.emb.weight"] = state["0.encoder.weight"].clone()
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
