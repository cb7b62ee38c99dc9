"""What it costs to begin: processor and wall time of fresh processes, the best of several.

    python tests/benchmarks/start.py [--backends prosodic whisper_mlx auto] [--seconds 2] [--times 10]
    python tests/benchmarks/start.py --threads 1

Python alone and `import numpy` stand above, since they are in all that follows. The files that Python keeps
of compiled modules are there from the first time on, as `pip install` makes them. BLAS has a thread for each
core, as it has for users, unless `--threads` says otherwise.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from server_process import THREAD_VARIABLES
from voxaffect import Audio, load_audio
from voxaffect.audio import save_audio
from voxaffect.examples import clips

RATE_HZ = 16_000


def speech(seconds: float, folder: Path) -> Path:
    """A recording of that length, of the example clips one after the other."""
    samples = np.concatenate([load_audio(clip.path).samples for clip in clips()])
    path = folder / "clip.wav"
    save_audio(path, Audio(np.resize(samples, round(seconds * RATE_HZ)), RATE_HZ))
    return path


def seconds_of(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """User and system time of a process, and how long it takes."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    taken_s, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, taken_s


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", default=["prosodic", "whisper_mlx", "auto"])
    parser.add_argument("--seconds", type=float, default=2.0, help="of the recording")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    others = ("PYTHONDONTWRITEBYTECODE", *THREAD_VARIABLES)
    environment = {name: value for name, value in os.environ.items() if name not in others}
    if arguments.threads is not None:
        environment |= dict.fromkeys(THREAD_VARIABLES, str(arguments.threads))
    with tempfile.TemporaryDirectory() as folder:
        clip = str(speech(arguments.seconds, Path(folder)))
        commands = {
            "python": ["-c", ""],
            "import numpy": ["-c", "import numpy"],
            "import voxaffect": ["-c", "import voxaffect"],
            "import its detector": ["-c", "from voxaffect import VoiceEmotionDetector"],
            "voxaffect --help": ["-m", "voxaffect", "--help"],
            **{
                f"voxaffect analyze, {arguments.seconds:g} s, {backend}": [
                    *("-m", "voxaffect", "analyze", clip, "--backend", backend)
                ]
                for backend in arguments.backends
            },
        }
        print(f"{'the best of ' + str(arguments.times):40} processor s    wall s")
        for name, command in commands.items():
            each = [seconds_of([sys.executable, *command], environment) for _ in range(arguments.times)]
            processor_s, wall_s = (min(column) for column in zip(*each, strict=True))
            print(f"{name:40} {processor_s:11.3f} {wall_s:9.3f}", flush=True)


if __name__ == "__main__":
    main()
