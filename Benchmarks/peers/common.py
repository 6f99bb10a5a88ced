"""What the peers share: the sizes on the command line, the tokens, the clock and the report."""
import argparse
import json
import resource
import statistics
import time

import numpy as np

SIZES = dict(vocabulary=96, embedding=512, hidden=512, layers=2, window=64, batch=64)


def arguments(description, **more):
    parser = argparse.ArgumentParser(description=description)
    for name, default in {**SIZES, "repetitions": 10, "threads": 2, **more}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def minibatches(sizes, seed=1):
    """Endless (inputs, targets), each [T, B], of tokens from the Zipf law that `refrain bench` draws from."""
    random = np.random.default_rng(seed)
    cumulative = np.cumsum(1 / np.arange(1, sizes.vocabulary + 1))
    while True:
        points = random.random((sizes.window + 1, sizes.batch)) * cumulative[-1]
        tokens = np.minimum(np.searchsorted(cumulative, points, side="right"), sizes.vocabulary - 1)
        yield tokens[:-1], tokens[1:]


def timed(step, minibatches, repetitions, warm_up=2):
    """Milliseconds of each step after the first few."""
    times = []
    for _ in range(warm_up + repetitions):
        x, y = next(minibatches)
        start = time.perf_counter()
        step(x, y)
        times.append((time.perf_counter() - start) * 1e3)
    return times[warm_up:]


def report(times, version, **more):
    """One JSON object on standard output."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(step_milliseconds=statistics.median(times), peak_memory_mib=peak, version=version, **more)))
