"""The runs of Benchmarks/learning: their settings, their tokens, and how each side trains for some minutes.

A finished run is a JSON file in the folder of runs, written whole or not at all. A run whose file is there is not repeated, so that a
comparison that was stopped loses at most the run that it was at."""
import dataclasses
import hashlib
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from support import HERE, PEERS, fail, output, own_environment, peer_environment, run, say

# The settings of sizes.json that are 0 unless a run has them.
DROPOUT = ["dropout", "dropout_input", "dropout_embedding", "weight_drop"]


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
            fail(f"{path} is not the file that was measured (its SHA-256 differs); get it from {described['source']}")
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
        return {**side_settings(table, self.side, self.set), "learning_rate": self.rate, "dropout": self.dropout}

    def __str__(self):
        return f"{self.set}, {self.side}: rate {self.rate:g}, dropout {self.dropout:g}, seed {self.seed}, {self.minutes:g} minutes"


def side_settings(table, side, name):
    """The settings of a side for a set, before anything is searched."""
    described = table["sides"][side]
    return {key: value for key, (value, _) in {**described["all"], **described.get(name, {})}.items()}


def planned(steps, warmup=100):
    """What `refrain train --minutes` plans for a run of so many steps."""
    every = (steps - 1) // 10 + 1
    return {
        "steps": steps, "schedule": "cosine", "warmup_steps": min(warmup, max(30, steps // 20), steps // 2),
        "patience": (steps - 1) // every + 1, "validate_every": every,
        "average_decay": 0 if steps < 200 else round(min(0.9995, 1 - 20 / steps), 6),
    }  # fmt: skip


class SizeRun:
    """A run of sizes.json: its settings, and where its model and its result lie."""

    def __init__(self, wanted, table, folder):
        self.wanted, self.name = wanted, wanted["set"]
        described, steps = table["sets"][self.name], wanted["steps"]
        own = {key: value for key, value in wanted.items() if key not in ("set", "steps")}
        kind = table["settings"][described["tokenization"]]
        self.settings = {**table["settings"]["all"], **kind, **planned(steps), **dict.fromkeys(DROPOUT, 0), **own}
        self.decides = dict(
            settings=self.settings, texts=described["sha256"], share=described.get("training_share"), prepare=described["prepare"]
        )
        self.model = folder / f"{self.name}-{wanted['hidden']}-{steps}-{digest(self.decides)}"
        self.file = self.model.with_name(self.model.name + ".json")

    def finished(self):
        """What the run left; None if it has not been made."""
        return json.loads(self.file.read_text())["result"] if self.file.is_file() else None


class Runner:
    """Makes runs, one at a time, or reads what a finished one left.

    A run makes as many steps as fit into its minutes by the speed of its side, which is measured once for each set. What it comes to then
    depends on its steps alone, so that other work may go on beside it and an interrupted one can be repeated."""

    def __init__(self, table, refrain, python, data, folder, threads):
        self.table, self.refrain, self.python, self.data, self.threads = table, refrain, python, data, threads
        self.folder, self.stores = folder, {}
        (folder / "runs").mkdir(parents=True, exist_ok=True)

    def store(self, name):
        if name not in self.stores:
            self.stores[name] = prepare(name, self.table, self.refrain, self.data, self.folder)
        return self.stores[name]

    # --- speed

    def seconds_a_step(self, side, name):
        """The time of a step of a side on a set, measured now if it has not been."""
        settings = {**side_settings(self.table, side, name), "dropout": self.table["sets"][name]["dropouts"][1]}
        file = self.folder / "runs" / f"speed-{name}-{side}-{digest(dict(settings=settings, threads=self.threads))}.json"
        store = self.store(name)

        def measure():
            if side == "refrain":
                return planned_seconds(self.refrain, store, [*flags(settings), "--workers", str(self.threads)])
            found = self.peer(side, name, settings, ["--minutes", "0.3"])
            return found["seconds"] / found["steps"]

        return measured_speed(file, f"{name}, {side}", measure)

    # --- runs

    def steps(self, what):
        return max(1, int(60 * what.minutes / self.seconds_a_step(what.side, what.set)))

    def file(self, what):
        """Where the result of a run lies; its name ends in a hash of everything that decides it."""
        decides = dict(settings=what.settings(self.table), steps=self.steps(what), seed=what.seed, threads=self.threads)
        described = self.table["sets"][what.set]
        decides.update(texts=described["sha256"], share=described.get("training_share"), prepare=described["prepare"])
        name = f"{what.set}-{what.side}-{what.minutes:g}-{what.rate:g}-{what.dropout:g}-{what.seed}-{digest(decides)}.json"
        return self.folder / "runs" / name

    def finished(self, what):
        """What a run left; None if it has not been made."""
        file = self.file(what)
        return json.loads(file.read_text()) if file.is_file() else None

    def result(self, what):
        """What a run comes to, made now if it has not been."""
        found = self.finished(what)
        if found is not None:
            return found
        steps = self.steps(what)
        say(f"{what}: {steps:,} steps")
        make = self.run_refrain if what.side == "refrain" else self.run_peer
        found = dict(dataclasses.asdict(what), settings=what.settings(self.table), threads=self.threads, **make(what, steps))
        # By the measured speed, whatever else the machine had to do.
        found["seconds"] = steps * self.seconds_a_step(what.side, what.set)
        write(self.file(what), found)
        loss = found["loss_nats"]
        say("  the loss is not finite" if loss is None else f"  {loss:.4f} nats after {found['steps']:,} steps")
        return found

    def peer(self, side, name, settings, arguments):
        command = [self.python, str(PEERS / "learn.py"), str(self.store(name)), "--side", side, "--settings", json.dumps(settings)]
        return json.loads(output(command + ["--threads", str(self.threads), *arguments], env=peer_environment()))

    def run_peer(self, what, steps):
        arguments = ["--steps", str(steps), "--marks", "10", "--seed", str(what.seed)]
        found = self.peer(what.side, what.set, what.settings(self.table), arguments)
        if found["loss_nats"] is not None:
            found["loss_nats"] = min(loss for _, loss in found["curve"] if loss is not None)
        return found

    def run_refrain(self, what, steps):
        """Trains as `refrain train --minutes` would with so many steps."""
        settings = what.settings(self.table)
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            command = self.refrain + ["train", str(self.store(what.set)), "--model", str(model), "--no-tuned", "--quiet"]
            chosen = {**settings, **planned(steps, settings["warmup_steps"])}
            command += ["--seed", str(what.seed), "--workers", str(self.threads), *flags(chosen)]
            status = subprocess.run(command, stdout=subprocess.DEVNULL, env=own_environment()).returncode
            lines = model / "metrics.jsonl"
            metrics = [json.loads(line) for line in lines.read_text().splitlines()] if lines.is_file() else []
            # A run that diverges ends by itself, with a model that predicts something: that is a result, and a flag that is wrong is not.
            if status == 1 and any(line["kind"] == "train" for line in metrics):
                return dict(loss_nats=None, curve=[], steps=metrics[-1]["step"])
            if status != 0:
                fail(f"'{' '.join(command)}' ended with status {status}; what it says is above")
            info = json.loads(output(self.refrain + ["info", str(model), "--json"], env=own_environment()))
        found = [line for line in metrics if line["kind"] == "validation"]
        curve = [[what.minutes * line["step"] / steps, line["loss_nats"]] for line in found]
        # The model of the best validation is kept.
        return dict(
            loss_nats=min(line["loss_nats"] for line in found), curve=curve, steps=steps,
            training_tokens=steps * settings["batch"] * settings["window"],
            validation_tokens=found[-1]["tokens"], parameters=info["parameters"],
        )  # fmt: skip


def measured_speed(file, title, measure):
    """The seconds a step of something, measured on an idle machine and kept in a file."""
    if not file.is_file():
        say(f"{title}: measuring the speed; leave the machine idle")
        machine, begin, used = busy_seconds(), time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        found = dict(seconds_a_step=measure())
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        if machine is not None:
            own = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
            found["others_cores"] = max(0, (busy_seconds() - machine - own) / (time.monotonic() - begin))
            if found["others_cores"] > 0.1:
                fail(f"other programs used {found['others_cores']:.1f} cores while a speed was measured; try again when they have ended")
        write(file, found)
    return json.loads(file.read_text())["seconds_a_step"]


def planned_seconds(refrain, store, arguments):
    """The seconds a step of a run of two minutes as `refrain train --minutes` plans it: with validations, checkpoints and the start."""
    minutes = 2
    with tempfile.TemporaryDirectory() as folder:
        command = refrain + ["train", str(store), "--model", str(Path(folder) / "model"), "--dry-run", "--no-tuned"]
        text = output(command + ["--minutes", str(minutes), *arguments], env=own_environment())
    return 60 * minutes / int(re.search(rf"^minutes +{minutes}: ([0-9,]+) steps", text, re.MULTILINE).group(1).replace(",", ""))


def digest(decides):
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]


def write(file, content):
    """Writes JSON, whole or not at all."""
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1) + "\n")
    partial.replace(file)


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
