"""The runs of Benchmarks/learning: their settings, their tokens, and how each side trains for some minutes.

A finished run is a JSON file in the folder of runs, written whole or not at all. A run whose file is there is not repeated, so that a
comparison that was stopped loses at most the run that it was at."""
import dataclasses
import hashlib
import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from support import HERE, PEERS, fail, output, own_environment, peer_environment, run, say

# More steps than any run takes within its minutes.
ENDLESS = 100_000_000


def load_settings():
    """The committed settings, each with a source that is named."""
    table = json.loads((HERE / "learning.json").read_text())
    for side, described in table["sides"].items():
        for group in ["all", *table["sets"]]:
            for key, (_, source) in described.get(group, {}).items():
                if source not in table["sources"]:
                    fail(f"learning.json: {side}, {group}, {key}: no source is named '{source}'")
    return table


# --- the tokens --------------------------------------------------------------------------------------------------------------------


def prepare(name, table, refrain, data, folder):
    """The store of a set, with the tokens that every side reads; made if it is not there."""
    described = table["sets"][name]
    for file, expected in described["sha256"].items():
        path = data / file
        if not path.is_file():
            fail(f"there is no file {path} for the set {name}; get it from {described['source']}, or leave the set out with --sets")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            fail(f"{path} is not the file that learning.json describes (its SHA-256 differs); get it from {described['source']}")
    texts, store = [data / described["training"]], folder / f"{name}.store"
    if "validation" in described:
        texts.append(data / described["validation"])
    if "training_share" in described:
        whole = texts[0].read_bytes()
        cut = int(len(whole) * described["training_share"])
        texts = [folder / f"{name}-training.txt", folder / f"{name}-validation.txt"]
        # An older file would be another source to `prepare`, which looks at the times.
        for path, part in zip(texts, (whole[:cut], whole[cut:])):
            if not path.is_file() or path.read_bytes() != part:
                path.write_bytes(part)
    command = refrain + ["prepare", str(texts[0]), "--out", str(store), "--quiet"] + described["prepare"]
    run(command + [text for path in texts[1:] for text in ("--validation", str(path))], env=own_environment())
    return store


def ngram_losses(store, orders, refrain, threads):
    """What n-gram models predict of the validation part, by n; `refrain evaluate` needs a model too, which is one of a single step."""
    losses = {}
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "model")
        tiny = ["--steps", "1", "--hidden", "8", "--embedding", "8", "--layers", "1", "--no-tuned", "--quiet", "--workers", str(threads)]
        run(refrain + ["train", str(store), "--model", model] + tiny, env=own_environment())
        for order in orders:
            command = refrain + ["evaluate", model, str(store), "--baseline", str(store), "--ngram-order", str(order), "--json"]
            for baseline in json.loads(output(command, env=own_environment()))["baselines"]:
                losses[baseline["order"]] = baseline["loss_nats"]
    return losses


# --- the runs ----------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Run:
    """The settings that identify a run."""

    side: str
    set: str
    minutes: float
    rate: float
    dropout: float
    seed: int

    def settings(self, table):
        described = table["sides"][self.side]
        pairs = {**described["all"], **described.get(self.set, {})}
        return {**{key: value for key, (value, _) in pairs.items()}, "learning_rate": self.rate, "dropout": self.dropout}

    def __str__(self):
        return f"{self.set}, {self.side}: rate {self.rate:g}, dropout {self.dropout:g}, seed {self.seed}, {self.minutes:g} minutes"


class Runner:
    """Makes runs, one at a time, or reads what a finished one left."""

    def __init__(self, table, refrain, python, data, folder, threads):
        self.table, self.refrain, self.python, self.data, self.threads = table, refrain, python, data, threads
        self.folder, self.stores = folder, {}
        (folder / "runs").mkdir(parents=True, exist_ok=True)

    def store(self, name):
        if name not in self.stores:
            self.stores[name] = prepare(name, self.table, self.refrain, self.data, self.folder)
        return self.stores[name]

    def file(self, what):
        """Where the result of a run lies; its name ends in a hash of everything that decides it."""
        tokens = hashlib.sha256(self.store(what.set).read_bytes()).hexdigest()
        decides = dict(dataclasses.asdict(what), settings=what.settings(self.table), threads=self.threads, tokens=tokens)
        digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]
        return self.folder / "runs" / f"{what.set}-{what.side}-{what.minutes:g}-{what.rate:g}-{what.dropout:g}-{what.seed}-{digest}.json"

    def finished(self, what):
        """What a run left; None if it has not been made."""
        file = self.file(what)
        return json.loads(file.read_text()) if file.is_file() else None

    def result(self, what, marks=1):
        """What a run comes to, made now if it has not been."""
        found = self.finished(what)
        if found is not None:
            return found
        say(str(what))
        machine, begin = busy_seconds(), time.monotonic()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        make = self.run_refrain if what.side == "refrain" else self.run_peer
        found = dict(dataclasses.asdict(what), settings=what.settings(self.table), threads=self.threads, **make(what, marks))
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        if machine is not None:
            own = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
            found["others_cores"] = max(0, (busy_seconds() - machine - own) / (time.monotonic() - begin))
            if found["others_cores"] > 0.1:
                say(f"warning: other programs used {found['others_cores']:.1f} cores during this run; its loss is not comparable")
        file = self.file(what)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(found, indent=1) + "\n")
        partial.replace(file)
        loss = found["loss_nats"]
        say("  the loss is not finite" if loss is None else f"  {loss:.4f} nats after {found['steps']:,} steps")
        return found

    def run_peer(self, what, marks):
        command = [self.python, str(PEERS / "learn.py"), str(self.store(what.set)), "--side", what.side, "--marks", str(marks)]
        command += ["--settings", json.dumps(what.settings(self.table)), "--minutes", str(what.minutes), "--seed", str(what.seed)]
        return json.loads(output(command + ["--threads", str(self.threads)], env=peer_environment()))

    def run_refrain(self, what, _):
        """Stops the run at the end of its minutes, as Ctrl-C does, and measures the model that it leaves."""
        store = str(self.store(what.set))
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            command = self.refrain + ["train", store, "--model", str(model), "--no-tuned", "--quiet", "--steps", str(ENDLESS)]
            command += ["--seed", str(what.seed), "--workers", str(self.threads), *flags(what.settings(self.table))]
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=own_environment())
            try:
                process.wait(timeout=60 * what.minutes)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
            except BaseException:
                # This script is being stopped, and leaves nothing running.
                process.kill()
                raise
            seconds = time.monotonic() - start
            lines = model / "metrics.jsonl"
            metrics = [json.loads(line) for line in lines.read_text().splitlines()] if lines.is_file() else []
            # A run that diverges ends by itself, with a model that predicts something: that is a result, and a flag that is wrong is not.
            if process.wait() == 1 and any(line["kind"] == "train" for line in metrics):
                return dict(loss_nats=None, curve=[], steps=metrics[-1]["step"], seconds=seconds)
            stopped = process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)
            if stopped and not (model / "model.safetensors").is_file():
                fail(f"Refrain was stopped before its first step; give it more than {what.minutes:g} minutes")
            if not stopped:
                fail(f"'{' '.join(command)}' ended with status {process.returncode}; what it says is above")
            metrics = [json.loads(line) for line in lines.read_text().splitlines()]
            info = json.loads(output(self.refrain + ["info", str(model), "--json"], env=own_environment()))
            evaluate = self.refrain + ["evaluate", str(model), store, "--json", "--workers", str(self.threads)]
            scores = json.loads(output(evaluate, stderr=subprocess.DEVNULL, env=own_environment()))
        curve = [[line["elapsed_seconds"] / 60, line["loss_nats"]] for line in metrics if line["kind"] == "validation"]
        settings = what.settings(self.table)
        return dict(
            loss_nats=scores["loss_nats"], curve=curve + [[seconds / 60, scores["loss_nats"]]], steps=info["steps"], seconds=seconds,
            training_tokens=info["steps"] * settings["batch"] * settings["window"], validation_tokens=scores["tokens"],
            parameters=info["parameters"],
        )  # fmt: skip


def flags(settings):
    """Settings as flags of `refrain train`."""
    arguments = []
    for key, value in settings.items():
        name = key.replace("_", "-")
        arguments += [f"--{name}" if value else f"--no-{name}"] if isinstance(value, bool) else [f"--{name}", str(value)]
    return arguments


def busy_seconds():
    """The seconds that all cores of this machine have worked; None where the system does not say."""
    try:
        user, nice, system, _, _, interrupts, soft, stolen = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")
