"""Programs started by the tests: what they print, and what they show on a terminal only."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run(
    command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None, **more: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end in `folder`, its output captured as text; the return code is the caller's to check."""
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300, **more
    )


def clean_environment() -> dict[str, str]:
    """The environment without what changes how Python or pytest start."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}


def read_terminal(leader: int) -> bytes:
    """All that a program writes to a pseudo-terminal until it ends; closes `leader`."""
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal without a program reads on Linux
        while part := os.read(leader, 4096):
            shown += part
    os.close(leader)
    return shown


def run_fresh(
    code: str, *arguments: str, folder: Path = ROOT, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run code that imports this checkout's `restore` in a Python in which nothing is imported yet.

    Args:
        code: a program.
        arguments: its `sys.argv` behind the first.
        folder: where it runs.
        check: whether an exit code other than 0 is an error.
    """
    done = run([sys.executable, "-c", code, *arguments], folder, {"PYTHONPATH": str(ROOT)})
    if check:
        done.check_returncode()
    return done
