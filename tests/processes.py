"""Programs started by the tests: what they print, and what they show on a terminal only."""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


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
