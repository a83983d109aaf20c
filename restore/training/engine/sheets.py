"""Sheets of what a network made of its validation pictures, one case a row."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import OutputError


def to_bytes(x: Tensor) -> NDArray[np.uint8]:
    """A picture `(3, H, W)`, range 0..1, as `(H, W, 3)`, range 0..255."""
    levels: NDArray[np.uint8] = x.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    return levels


def write_sheet(rows: Sequence[NDArray[np.uint8]], path: Path) -> None:
    """Write rows `(H, W, 3)` below each other, as wide as the narrowest.

    Raises:
        OutputError: the sheet cannot be written.
    """
    width = min(row.shape[1] for row in rows)
    pixels = np.concatenate([row[:, :width] for row in rows])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    except OSError as error:
        raise OutputError(f"cannot write the validation sheet {path}: {error.strerror or error}") from error
