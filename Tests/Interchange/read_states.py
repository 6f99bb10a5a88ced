"""usage: read_states.py STATES.safetensors STATES.npy

Reads the states of an LSTM with safetensors and NumPy, computes each c and h from the gates again, and prints the shape of the last layer's h
and the largest differences.
"""
import sys

import numpy
from safetensors.numpy import load_file

states = load_file(sys.argv[1])
last = numpy.load(sys.argv[2])
layers = len([name for name in states if name.endswith(".hidden")])
worst = 0.0
for layer in range(layers):
    i, f, g, o, c, h = [states[f"layer{layer}.{n}"].astype(float) for n in ["input_gate", "forget_gate", "candidate", "output_gate", "cell", "hidden"]]
    before = numpy.vstack([numpy.zeros_like(c[:1]), c[:-1]])
    worst = max(worst, abs(f * before + i * g - c).max(), abs(o * numpy.tanh(c) - h).max())
assert (states[f"layer{layers - 1}.hidden"] == last).all() and states["tokens"].shape == last.shape[:1]
print(last.shape[0], last.shape[1], worst)
