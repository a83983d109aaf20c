"""Checkpoints: everything a run needs to go on with the same numbers, written so that a kill never costs more than one.

A checkpoint is one file, read with `weights_only=True`, so that it can never run code. The newest three are kept.
"""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from restore.errors import InputError, OutputError, TrainingError

KEPT = 3
"""Older checkpoints than this many are removed."""


def save_checkpoint(run: Path, step: int, state: dict[str, Any], *, keep: int | None = None) -> Path:
    """Write `run/checkpoints/step-N.pt`, whole or not at all.

    Args:
        run: the run's folder.
        step: steps taken so far.
        state: what to go on with.
        keep: step of a checkpoint that stays however old it is.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    folder = run / "checkpoints"
    target = folder / f"step-{step:08d}.pt"
    part = target.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            torch.save({"step": step, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        for old in list_checkpoints(run)[:-KEPT]:
            if step_of(old) != keep:
                old.unlink(missing_ok=True)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write the checkpoint {target}: {error.strerror or error}; free space and resume"
        ) from error
    return target


def list_checkpoints(run: Path) -> list[Path]:
    """Checkpoints of a run, oldest first."""
    return sorted((run / "checkpoints").glob("step-*.pt"))


def step_of(path: Path) -> int:
    """The step in a checkpoint's name."""
    return int(path.stem.removeprefix("step-"))


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint onto a device.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, LookupError, pickle.UnpicklingError) as error:
        raise InputError(
            f"cannot read the checkpoint {path}: {error}; remove it to resume from the one before"
        ) from error
    if not isinstance(state, dict) or "step" not in state:
        raise InputError(f"{path} is no checkpoint of this program")
    return state


def latest_checkpoint(run: Path, device: torch.device) -> dict[str, Any] | None:
    """The newest checkpoint that can be read, or None if the run has none.

    Raises:
        TrainingError: there are checkpoints and all are damaged.
    """
    paths = list_checkpoints(run)
    for path in reversed(paths):
        try:
            return load_checkpoint(path, device)
        except InputError:
            continue
    if paths:
        raise TrainingError(f"all {len(paths)} checkpoints in {run} are damaged; start anew in another folder")
    return None
