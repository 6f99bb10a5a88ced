"""What the scripts of this folder share: where things are, and running programs."""
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
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
