"""A Python of its own, in which nothing is imported yet but what it runs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_fresh(code: str, *arguments: str, folder: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code that imports this checkout's `restore`.

    Args:
        code: a program.
        arguments: its `sys.argv` behind the first.
        folder: where it runs.
        check: whether an exit code other than 0 is an error.
    """
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=check,
        timeout=120,
    )
