"""Writes the values that Refrain's training step is compared with: ten steps of a two-layer language model in PyTorch.

Run it where PyTorch 2 (any build; the CPU is used) and NumPy can be imported:  python3 make_goldens.py [FOLDER]
It writes lstm_two_layers.safetensors, lstm_tied.safetensors, whose decoder's weight is the embedding behind a projection from H to E, and
gru_two_layers.safetensors and rnn_two_layers.safetensors, of nn.GRU and nn.RNN, to FOLDER or beside itself; lstm_normalized.safetensors
and so on, of the same cells with layer normalisation, which are written out here, since PyTorch has none; lstm_capped.safetensors and
lstm_output_sum.safetensors, with input gates of at most 1 - f and with a decoder that reads the sum of all layers' outputs behind a
projection; and rmsprop.safetensors, the
weights that torch.optim.RMSprop makes of given gradients, after each of its steps (initial [n], gradients [steps, n], weights.plain,
.momentum, .centered and .both [steps, n]). optimizers.safetensors has the same of torch.optim.Adam, SGD and Adagrad, and lstm_optimizers.safetensors
the run of lstm_two_layers by each of them and by RMSProp with bias correction: <optimizer>.losses, .norms and .final.<name>. The same PyTorch on the same kind of CPU writes the same bytes,
another agrees to rounding. Everything is computed in fp32, which the file holds, and again in fp64 from the same initial values:
`deviation.<tensor>` is the largest absolute difference, from which a test derives how close another fp32 implementation must come.

All tensors are F32 in PyTorch's shapes and order of gates (LSTM: input, forget, cell candidate, output; GRU: reset, update, candidate). Each
layer has one bias, but for the candidate of a GRU, whose second one follows in the same tensor: [4H]. Normalised layers have gains too.
  tokens.inputs, tokens.targets [steps, T, B]     losses, norms [steps]     state.h, state.c (LSTM) [L, B, H], after the last step
  initial.<name>, gradient.<name> (first step, before clipping), final.<name>     deviation.<tensor> (scalars)
"""
import json, pathlib, struct, sys
import numpy, torch
from torch import nn

V, E, H, L, B, T, STEPS = 29, 12, 16, 2, 6, 11, 10
SEED, ETA, RHO, EPSILON = 20, 0.002, 0.9, 1e-8
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class WrittenCells(nn.Module):
    """The cells of Ba, Kiros and Hinton, "Layer normalization", 2016, under the names of PyTorch's tensors; or LSTM cells without it, whose
    input gates may be capped, and whose outputs may be added up over the layers (Melis, Dyer and Blunsom, "On the state of the art of
    evaluation in neural language models", 2018)."""
    def __init__(self, cell, norm, capped, summed):
        super().__init__()
        self.cell, self.norm, self.capped, self.summed = cell, norm, capped, summed
        gates = {"lstm": 4, "gru": 3, "rnn": 1}[cell]
        for layer in range(L):
            shapes = {"weight_ih": (gates * H, H if layer else E), "weight_hh": (gates * H, H), "bias_ih": (gates * H,),
                      "bias_hh": (gates * H,)}
            shapes |= {"gain_ih": (gates * H,)} if norm else {}
            shapes |= {"gain_hh": (gates * H,)} if norm and cell != "rnn" else {}
            shapes |= {"gain_c": (H,), "bias_c": (H,)} if norm and cell == "lstm" else {}
            for name, shape in shapes.items():
                self.register_parameter(f"{name}_l{layer}", nn.Parameter(torch.empty(shape)))

    def step(self, x, h, c, p):
        if self.cell == "rnn":
            return torch.tanh(normal(x @ p("weight_ih").T + h @ p("weight_hh").T) * p("gain_ih") + p("bias_ih") + p("bias_hh")), None
        a, m = x @ p("weight_ih").T, h @ p("weight_hh").T
        if self.cell == "gru":
            def parts(product, gain, bias):  # r and z together, n by itself
                parts = torch.cat([normal(product[:, :2 * H]), normal(product[:, 2 * H:])], 1) * gain + bias
                return parts.split(H, 1)
            (ar, az, an), (mr, mz, mn) = parts(a, p("gain_ih"), p("bias_ih")), parts(m, p("gain_hh"), p("bias_hh"))
            z = torch.sigmoid(az + mz)
            return (1 - z) * torch.tanh(an + torch.sigmoid(ar + mr) * mn) + z * h, None
        gates = normal(a) * p("gain_ih") + normal(m) * p("gain_hh") if self.norm else a + m
        i, f, g, o = (gates + p("bias_ih") + p("bias_hh")).split(H, 1)
        i, f = torch.sigmoid(i), torch.sigmoid(f)
        if self.capped:
            i = torch.minimum(i, 1 - f)
        c = f * c + i * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(normal(c) * p("gain_c") + p("bias_c") if self.norm else c), c

    def forward(self, x, state):
        hs, cs, layers = [], [], []
        for layer in range(L):
            h, c = (state[0][layer], state[1][layer]) if self.cell == "lstm" else (state[layer], None)
            outputs = []
            for t in range(len(x)):
                h, c = self.step(x[t], h, c, lambda name: getattr(self, f"{name}_l{layer}"))
                outputs.append(h)
            x = torch.stack(outputs)
            layers.append(x)
            hs.append(h)
            cs.append(c)
        return sum(layers) if self.summed else x, (torch.stack(hs), torch.stack(cs)) if self.cell == "lstm" else torch.stack(hs)


def normal(x):
    return nn.functional.layer_norm(x, x.shape[-1:], eps=1e-5)


class LanguageModel(nn.Module):
    def __init__(self, tied, cell, norm, capped, summed):
        super().__init__()
        self.cell = cell
        self.embedding = nn.Embedding(V, E)
        self.add_module(cell, WrittenCells(cell, norm, capped, summed) if norm or capped or summed else CELLS[cell](E, H, L))
        self.projection = nn.Linear(H, E, bias=False) if tied else nn.Identity()
        self.decoder = nn.Linear(E if tied else H, V)
        if tied:
            self.decoder.weight = self.embedding.weight

    def forward(self, inputs, state):
        hidden, state = getattr(self, self.cell)(self.embedding(inputs), state)
        return self.decoder(self.projection(hidden)), state


def trained(model):
    """The parameters by name. PyTorch's second bias stays at zero, since one is enough, but for the last third of a GRU's."""
    return {name: p for name, p in model.named_parameters() if "bias_hh" not in name or model.cell == "gru"}


def one_bias(values):
    """The tensors with one bias a layer, which what is needed of the second one follows."""
    joined = {name: torch.cat([value, values[name.replace("_ih", "_hh")][2 * H:]]) if name.startswith("gru.bias_ih") else value
              for name, value in values.items()}
    return {name: value for name, value in joined.items() if "bias_hh" not in name}


def initial_values(tied, cell, norm, capped, summed, generator):
    values = {}
    for name, p in trained(LanguageModel(tied, cell, norm, capped, summed)).items():
        bound = 0.1 if name == "embedding.weight" else H ** -0.5
        values[name] = torch.zeros(p.shape) if "bias" in name else (torch.rand(p.shape, generator=generator) * 2 - 1) * bound
        if "gain" in name or "bias_c" in name:  # of which each is another, so that none can stand for its neighbour
            values[name] = ("gain" in name) + 0.4 * (torch.rand(p.shape, generator=generator) * 2 - 1)
        if "lstm.bias_ih" in name:
            values[name][H:2 * H] = 1  # the forget part
            if capped:  # biases of about 0 by which half of the gates are capped, and few are so near to it that rounding would decide
                values[name] = torch.rand(p.shape, generator=generator) - 0.5
    return values


class RMSProp:
    """Epsilon is inside the root, unlike PyTorch's. With `corrected` the squares are divided by 1 - rho^t, as in Adam."""
    def __init__(self, parameters, corrected=False):
        self.parameters, self.corrected, self.updates = list(parameters), corrected, 0
        self.squares = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.updates += 1
        correction = 1 - RHO ** self.updates if self.corrected else 1
        for number, p in enumerate(self.parameters):
            self.squares[number] = RHO * self.squares[number] + (1 - RHO) * p.grad ** 2
            p -= ETA * p.grad / torch.sqrt(self.squares[number] / correction + EPSILON)


def run(tied, cell, norm, capped, summed, max_norm, dtype, initial, inputs, targets, optimizer=RMSProp):
    """Trains for STEPS minibatches in `dtype`; returns the tensors to record, by name."""
    model = LanguageModel(tied, cell, norm, capped, summed).to(dtype)
    for name, p in model.named_parameters():
        p.data = initial[name].to(dtype, copy=True) if name in initial else torch.zeros_like(p)
        p.requires_grad_(name in initial)
    parameters = trained(model)
    optimizer = optimizer(parameters.values())
    state = tuple(torch.zeros(L, B, H, dtype=dtype) for _ in range(2 if cell == "lstm" else 1))
    losses, norms, record = [], [], {}
    for step in range(STEPS):
        model.zero_grad()
        before = tuple(s.detach() for s in state)
        logits, state = model(inputs[step], before if cell == "lstm" else before[0])
        state = state if cell == "lstm" else (state,)
        loss = nn.functional.cross_entropy(logits.reshape(T * B, V), targets[step].reshape(T * B))
        loss.backward()
        for name, p in parameters.items():
            if "bias_hh" in name:
                p.grad[:2 * H] = 0
        if step == 0:
            record |= {f"gradient.{name}": g.clone() for name, g in one_bias({n: p.grad for n, p in parameters.items()}).items()}
        length = torch.sqrt(sum((p.grad ** 2).sum() for p in parameters.values()))
        scale = max_norm / length if length > max_norm else 1.0
        for p in parameters.values():
            p.grad *= scale
        optimizer.step()
        losses.append(loss.detach())
        norms.append(length)
    record |= {f"final.{name}": p.detach() for name, p in one_bias(parameters).items()}
    states = {f"state.{name}": s.detach() for name, s in zip("hc", state)}
    return record | {"losses": torch.stack(losses), "norms": torch.stack(norms)} | states


def write_safetensors(path, tensors, metadata):
    """The format is an 8-byte length, a JSON table padded to 64 bytes, the data. Written here so that the bytes are reproducible."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in sorted(tensors.items()):
        blobs.append(tensor.detach().numpy().astype("<f4").tobytes())
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blobs[-1])]}
        offset += len(blobs[-1])
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def start(tied, cell, norm, capped=False, summed=False):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(SEED)
    initial = initial_values(tied, cell, norm, capped, summed, generator)
    lanes = torch.randint(V, (STEPS * T + 1, B), generator=generator)  # step after step continues the same lanes
    return initial, lanes[:-1].reshape(STEPS, T, B), lanes[1:].reshape(STEPS, T, B)


def make(path, max_norm, tied=False, cell="lstm", norm=False, capped=False, summed=False):
    initial, inputs, targets = start(tied, cell, norm, capped, summed)
    single, double = (run(tied, cell, norm, capped, summed, max_norm, dtype, initial, inputs, targets)
                      for dtype in (torch.float32, torch.float64))
    deviation = {name: (single[name].double() - double[name]).abs().max() for name in single}
    clipped = single["norms"] > max_norm
    assert clipped.any() and not clipped.all(), f"clipping at {max_norm} must act in some steps only: {single['norms']}"
    tensors = {"tokens.inputs": inputs, "tokens.targets": targets} | single
    tensors |= {f"initial.{name}": value for name, value in one_bias(initial).items()}
    tensors |= {f"deviation.{name}": value for name, value in deviation.items()}
    settings = dict(vocabulary=V, embedding=E, hidden=H, layers=L, batch=B, window=T, steps=STEPS, seed=SEED,
                    clip_norm=max_norm, learning_rate=ETA, rms_decay=RHO, epsilon=EPSILON, torch=torch.__version__)
    if tied:
        settings["tied"] = 1
    if cell != "lstm":
        settings["cell"] = cell
    if norm:
        settings["layer_norm"] = 1
    if capped:
        settings["capped_input"] = 1
    if summed:
        settings["output_sum"] = 1
    write_safetensors(path, tensors, {key: str(value) for key, value in settings.items()})

    print("step      loss      norm  clipped")
    for step in range(STEPS):
        print(f"{step:4}  {single['losses'][step]:.6f}  {single['norms'][step]:.6f}  {'yes' if clipped[step] else 'no'}")
    print("\nfp32 - fp64   largest value  tensor")
    for name, value in deviation.items():
        print(f"{value:11.2e}  {single[name].abs().max():14.6f}  {name}")
    print(f"\n{path}: {path.stat().st_size} bytes, PyTorch {torch.__version__}")


def single(value):
    """The fp32 number next to a constant, so that 1 - rho is the same in both types."""
    return float(numpy.float32(value))


# What the runs and the updates of given gradients take: constants as in PyTorch, but for the larger epsilons of the runs. A first step of
# Adam or Adagrad is the sign of the gradient, and so is that of a gradient that is nothing but rounding, unless epsilon is above that.
OTHERS = {
    "adam": dict(learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8), "sgd": dict(learning_rate=0.5),
    "momentum": dict(learning_rate=0.05, momentum=0.9), "adagrad": dict(learning_rate=0.05, epsilon=1e-10),
}


def other(name, parameters, epsilon=None):
    options = {key: single(value) for key, value in OTHERS[name].items()}
    lr, eps = options["learning_rate"], epsilon or options.get("epsilon")
    if name == "adam":
        return torch.optim.Adam(parameters, lr=lr, betas=(options["beta1"], options["beta2"]), eps=eps)
    if name == "adagrad":
        return torch.optim.Adagrad(parameters, lr=lr, eps=eps)
    return torch.optim.SGD(parameters, lr=lr, momentum=options.get("momentum", 0))


def make_runs(path, max_norm, epsilon=1e-4):
    initial, inputs, targets = start(False, "lstm", False)
    optimizers = {name: lambda parameters, name=name: other(name, parameters, epsilon) for name in OTHERS}
    optimizers["corrected"] = lambda parameters: RMSProp(parameters, corrected=True)
    tensors = {}
    for name, optimizer in optimizers.items():
        fp32, fp64 = (run(False, "lstm", False, False, False, max_norm, dtype, initial, inputs, targets, optimizer)
                      for dtype in (torch.float32, torch.float64))
        clipped = fp32["norms"] > max_norm
        print(name, [f"{value:.4f}" for value in fp32["losses"].tolist()], f"clipped {clipped.sum()} of {STEPS}")
        assert clipped.any() and not clipped.all(), f"clipping at {max_norm} must act in some steps only: {fp32['norms']}"
        for key in (key for key in fp32 if key.startswith("final.") or key in ("losses", "norms")):
            tensors[f"{name}.{key}"] = fp32[key]
            tensors[f"deviation.{name}.{key}"] = (fp32[key].double() - fp64[key]).abs().max()
    settings = dict(clip_norm=max_norm, epsilon=epsilon, torch=torch.__version__)
    write_safetensors(path, tensors, {key: str(value) for key, value in settings.items()})


def make_others(path, steps=12, n=40):
    generator = torch.Generator().manual_seed(SEED)
    tensors = {"initial": torch.randn(n, generator=generator), "gradients": torch.randn(steps, n, generator=generator)}
    for name in OTHERS:
        def weights(dtype):
            w = torch.nn.Parameter(tensors["initial"].to(dtype, copy=True))
            optimizer = other(name, [w])
            for gradient in tensors["gradients"]:
                w.grad = gradient.to(dtype)
                optimizer.step()
                yield w.detach().clone()
        fp32, fp64 = (torch.stack(list(weights(dtype))) for dtype in (torch.float32, torch.float64))
        tensors[f"weights.{name}"] = fp32
        tensors[f"deviation.weights.{name}"] = (fp32.double() - fp64).abs().max()
    settings = {f"{name}.{key}": value for name, options in OTHERS.items() for key, value in options.items()}
    settings |= dict(steps=steps, count=n, torch=torch.__version__)
    write_safetensors(path, tensors, {key: str(value) for key, value in settings.items()})


def make_optimizer(path, steps=12, n=40):
    """Epsilon is 0, since PyTorch adds it outside the root. The other constants are fp32's, so that 1 - alpha is the same in both types."""
    eta, rho, mu = (float(numpy.float32(value)) for value in (ETA, RHO, 0.8))
    generator = torch.Generator().manual_seed(SEED)
    tensors = {"initial": torch.randn(n, generator=generator), "gradients": torch.randn(steps, n, generator=generator)}
    for name, options in {"plain": {}, "momentum": dict(momentum=mu), "centered": dict(centered=True),
                          "both": dict(momentum=mu, centered=True)}.items():
        def weights(dtype):
            w = torch.nn.Parameter(tensors["initial"].to(dtype, copy=True))
            optimizer = torch.optim.RMSprop([w], lr=eta, alpha=rho, eps=0, **options)
            for gradient in tensors["gradients"]:
                w.grad = gradient.to(dtype)
                optimizer.step()
                yield w.detach().clone()
        single, double = (torch.stack(list(weights(dtype))) for dtype in (torch.float32, torch.float64))
        tensors[f"weights.{name}"] = single
        tensors[f"deviation.weights.{name}"] = (single.double() - double).abs().max()
    settings = dict(learning_rate=ETA, rms_decay=RHO, momentum=0.8, steps=steps, count=n, torch=torch.__version__)
    write_safetensors(path, tensors, {key: str(value) for key, value in settings.items()})


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    make(folder / "lstm_two_layers.safetensors", max_norm=0.135)
    make(folder / "lstm_tied.safetensors", tied=True, max_norm=0.135)
    make(folder / "gru_two_layers.safetensors", cell="gru", max_norm=0.135)
    make(folder / "rnn_two_layers.safetensors", cell="rnn", max_norm=0.17)
    make(folder / "lstm_normalized.safetensors", norm=True, max_norm=0.5)
    make(folder / "gru_normalized.safetensors", cell="gru", norm=True, max_norm=1.1)
    make(folder / "rnn_normalized.safetensors", cell="rnn", norm=True, max_norm=0.95)
    make(folder / "lstm_capped.safetensors", capped=True, max_norm=0.14)
    make(folder / "lstm_output_sum.safetensors", summed=True, tied=True, max_norm=0.135)
    make_optimizer(folder / "rmsprop.safetensors")
    make_others(folder / "optimizers.safetensors")
    make_runs(folder / "lstm_optimizers.safetensors", max_norm=0.135)


if __name__ == "__main__":
    main()
