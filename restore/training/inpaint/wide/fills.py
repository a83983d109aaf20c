"""Start fills of wide holes, made once and kept in a file, so that a training step costs no search.

    4096 bytes        JSON: format, version of the fill, what the samples were made of, count and side; then spaces
    count * 4 bytes   CRC-32 of each sample, 0 while it is not there
    count samples     each (10, side, side) uint8: picture 3, hole 1, fill 3, texture 3

The file's name holds a hash of its header, so a folder keeps the fills of several recipes, and a run with the same
data, seed, weights and version of the fill finds those of an earlier one. A sample that a kill cut off fails its CRC
and is made again. The file is mapped into memory, so a step reads the few samples that it needs.
"""

import hashlib
import json
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restore.callbacks import Notify
from restore.errors import InputError, OutputError
from restore.models.inpaint.sparse import sparse_fill
from restore.models.inpaint.start import VERSION, start_fill
from restore.training.inpaint.wide.cases import Case

FORMAT = 1
"""Raised whenever samples are laid out otherwise, or other crops and holes are drawn for the same numbers."""
HEADER = 4096
"""Bytes of the header."""
PLANES = 10
"""Bytes of a sample per pixel."""
TEXTURE_STEP = 1 / 255
"""Unit of the texture, range -128..127 of these."""
NOTIFY_SECONDS = 30.0
"""Seconds between two lines of progress."""

Sample = NDArray[np.uint8]
"""`(10, side, side)`: picture, hole, fill and texture."""


class KeptFills:
    """The samples of one header; those that are missing are made by `complete`.

    Args:
        folder: where the file lies, made if need be.
        about: what the samples were made of, plain JSON values.
        count: number of samples.
        side: of a sample in pixels.

    Raises:
        OutputError: the file cannot be made, or the disk is full.
        InputError: a file of that name holds something else.
    """

    def __init__(self, folder: Path, about: dict[str, Any], count: int, side: int) -> None:
        self.count, self.side = count, side
        header = {"format": FORMAT, "fill": VERSION, "count": count, "side": side, **about}
        text = json.dumps(header, sort_keys=True).encode()
        if len(text) > HEADER:
            raise ValueError(f"a header of {len(text)} bytes")
        self.path = folder / f"fills-{hashlib.sha256(text).hexdigest()[:12]}.bin"
        text = text.ljust(HEADER)
        size = HEADER + count * (4 + self._sample_bytes)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                part = self.path.with_suffix(".part")
                with part.open("wb") as file:
                    file.write(text)
                    file.truncate(size)
                part.replace(self.path)
            with self.path.open("rb") as file:
                found = file.read(HEADER)
            if found != text or self.path.stat().st_size != size:
                raise InputError(f"{self.path} is damaged: remove it, and its fills are made anew")
            self._sums = np.memmap(self.path, np.dtype("<u4"), "r+", HEADER, (count,))
            self._samples = np.memmap(self.path, np.uint8, "r+", HEADER + 4 * count, (count, PLANES, side, side))
        except OSError as error:
            raise OutputError(f"cannot keep fills in {self.path}: {error.strerror or error}") from error

    @property
    def _sample_bytes(self) -> int:
        return PLANES * self.side * self.side

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Sample:
        """A sample, mapped from the file."""
        sample: Sample = self._samples[number]
        return sample

    def put(self, number: int, sample: Sample) -> None:
        """Keep a sample."""
        self._samples[number] = sample
        self._sums[number] = _sum(sample)

    def missing(self) -> list[int]:
        """Numbers of the samples that are not there, or not whole."""
        return [number for number in range(self.count) if int(self._sums[number]) != _sum(self._samples[number])]

    def complete(self, case: Callable[[int], Case], smooth: nn.Module | None, notify: Notify) -> None:
        """Make the samples that are missing, side by side on all of the CPU's threads.

        Args:
            case: gives picture and hole of a sample.
            smooth: the generator whose answer the fills start from; None for the sparse fill's.
            notify: called with lines of progress.
        """
        missing = self.missing()
        if not missing:
            return
        started = told = time.monotonic()

        def make(number: int) -> None:
            picture, hole = case(number)
            self.put(number, pack(picture, hole, *fill_of(picture, hole, smooth)))

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        pool = ThreadPoolExecutor(threads)
        try:
            for done, _ in enumerate(pool.map(make, missing), start=1):
                now = time.monotonic()
                if now - told >= NOTIFY_SECONDS or done == len(missing):
                    told = now
                    left = (now - started) * (len(missing) - done) / done / 60
                    have = self.count - len(missing) + done
                    notify(f"fills {have} of {self.count}, kept in {self.path}" + f", {left:.0f} min left" * (left > 0))
        finally:
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(threads)
            self._samples.flush()
            self._sums.flush()


@torch.inference_mode()
def fill_of(picture: NDArray[np.uint8], hole: NDArray[np.uint8], smooth: nn.Module | None) -> tuple[Tensor, Tensor]:
    """Fill and texture, each `(1, 3, S, S)`, of a picture `(3, S, S)` with its hole `(S, S)`, as inference has them."""
    known, inside = torch.from_numpy(picture)[None].float() / 255, torch.from_numpy(hole)[None, None].float()
    filled = sparse_fill(known * (1 - inside), inside)
    if smooth is not None:
        filled = smooth(filled.contiguous(memory_format=torch.channels_last), inside)
    made = start_fill(filled.clamp(0, 1), inside)
    return made.fill, made.texture


def pack(picture: NDArray[np.uint8], hole: NDArray[np.uint8], fill: Tensor, texture: Tensor) -> Sample:
    """A sample of its parts; fill and texture `(1, 3, S, S)`."""
    levels = (255 * fill[0]).round().clamp(0, 255).byte().numpy()
    steps = ((texture[0] / TEXTURE_STEP).round().clamp(-128, 127) + 128).byte().numpy()
    return np.concatenate([picture, hole[None], levels, steps])


def unpack(samples: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Picture `(B, 3, S, S)`, hole `(B, 1, S, S)`, fill and texture `(B, 3, S, S)` of samples `(B, 10, S, S)` uint8.

    Float32 on the device. Known pixels of the fill are the picture's.
    """
    planes = samples.to(device, non_blocking=True).float()
    picture, hole, fill, texture = planes[:, :3], planes[:, 3:4], planes[:, 4:7], planes[:, 7:]
    picture = (picture / 255).contiguous(memory_format=torch.channels_last)
    fill = torch.where(hole > 0, fill / 255, picture).contiguous(memory_format=torch.channels_last)
    return picture, hole, fill, hole * TEXTURE_STEP * (texture - 128)


def _sum(sample: Sample) -> int:
    """CRC-32, never 0."""
    return zlib.crc32(np.ascontiguousarray(sample).data) or 1
