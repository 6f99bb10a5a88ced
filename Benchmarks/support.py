"""What the scripts of this folder share: where things are, and running programs."""
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = HERE / "peers"
PRESETS = ["char-512", "word-10k", "char-128", "word-33k", "word-1024", "ptb-256"]


def build_refrain():
    """Builds the command; returns how to call it."""
    say("building Refrain")
    run(["swift", "build", "-c", "release", "--product", "refrain"], cwd=ROOT)
    return [str(ROOT / ".build/release/refrain")]


def run(command, **options):
    try:
        subprocess.run(command, check=True, stdout=sys.stderr, **options)
    except FileNotFoundError:
        fail(f"there is no program '{command[0]}'; install it or correct its path")
    except subprocess.CalledProcessError as error:
        fail(f"'{' '.join(command)}' failed with status {error.returncode}; what it says is above")


def output(command, **options):
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
    except FileNotFoundError:
        fail(f"there is no program '{command[0]}'; install it or correct its path")
    except subprocess.CalledProcessError as error:
        fail(f"'{' '.join(command)}' failed with status {error.returncode}; what it says is above")


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"error: {text}.")


def own_environment():
    """Refrain's environment: OpenBLAS chooses its kernels by the CPU."""
    return {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}


def peer_environment():
    """The environment of a program that runs PyTorch or JAX: on the CPU, and leaving nothing behind."""
    return dict(os.environ, JAX_PLATFORMS="cpu", CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1")


def processor():
    """The name of the CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return "this machine"


def python_with(modules, python, folder):
    """An interpreter that can import the modules: the one that is named, or else that of the virtual environment in the folder."""
    python = python or environment(folder)
    try:
        subprocess.run([python, "-c", f"import {modules}"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        fail(f"{python} cannot run 'import {modules}'; name an interpreter that can, or leave out --python")
    return python


def environment(folder):
    """The interpreter of a virtual environment with what peers/requirements.txt asks for, made if it is not there whole."""
    wanted = PEERS / "requirements.txt"
    stamp, digest = folder / "installed", hashlib.sha256(wanted.read_bytes()).hexdigest()
    python = str(folder / "bin" / "python")
    if not (stamp.exists() and stamp.read_text() == digest):
        say(f"installing PyTorch and JAX from PyPI in {folder}; this happens once")
        try:
            venv.create(folder, clear=True, with_pip=True)
        except subprocess.CalledProcessError:
            fail(f"{sys.executable} cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)")
        run([python, "-m", "pip", "install", "--quiet", "--requirement", str(wanted)])
        stamp.write_text(digest)
    return python
