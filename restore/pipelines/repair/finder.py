"""Finds damage in a picture of any size: the detector, tile by tile.

    core   up to 768 px     what a tile contributes; the cores of a picture share it out evenly and do not overlap
    halo   64 px around it  looked at as well, so that a core is judged with its surroundings

Where tiles lie follows from the picture's size and the network's stride alone, and each runs as a batch of one, so that
neither free memory nor how many tiles run at once changes a result. Memory beyond the result does not grow with the
picture. Tiles begin at multiples of the stride, where the network halves its resolution as it would over the whole
picture.
"""

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.callbacks import Notify, ProgressCallback
from restore.devices import MemoryFallback, autocast, pick_device
from restore.errors import WeightsError
from restore.images.samples import to_unit
from restore.models.repair.detector import KIND, Detector, DetectorConfig
from restore.models.repair.folded import FoldedDetector
from restore.tiling import pad_to_multiple

CORE = 768
"""Longest side in pixels of the part that one tile contributes."""
HALO = 64
"""Pixels around it that the network sees too: as far as its coarse blocks look. On a scan of 2.4 megapixels no
probability was then off by more than 0.002 from that of one look at all of it; with 48 px some were by up to 0.04."""
MOST_AT_ONCE = 4
"""Tiles side by side on a graphics card; the CPU shares its cores within one tile and runs a single one."""

Network = Callable[[Tensor, tuple[slice, slice]], Tensor]
"""Makes logits of the rows and columns of a picture's core."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tile:
    """What the network looks at, and what of its answer is taken."""

    seen: tuple[slice, slice]
    """Rows and columns of the picture that are looked at."""
    core: tuple[slice, slice]
    """Rows and columns of the picture that the answer is taken for; inside `seen`."""

    @property
    def taken(self) -> tuple[slice, slice]:
        """The core, counted from the top left corner of what is looked at."""
        rows, columns = (
            slice(core.start - seen.start, core.stop - seen.start)
            for core, seen in zip(self.core, self.seen, strict=True)
        )
        return rows, columns


def plan_tiles(height: int, width: int, stride: int, core: int = CORE, halo: int = HALO) -> list[Tile]:
    """Cover a picture with tiles.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        stride: of the network; tiles begin at its multiples.
        core: longest side of a core in pixels.
        halo: least number of pixels to see around a core, where the picture has them.

    Returns:
        Tiles in reading order; each pixel is in one core.

    Examples:
        >>> [tile.core[1] for tile in plan_tiles(100, 1000, 16)]
        [slice(0, 512, None), slice(512, 1000, None)]
    """
    return [
        Tile((seen_rows, seen_columns), (rows, columns))
        for seen_rows, rows in _spans(height, stride, core, halo)
        for seen_columns, columns in _spans(width, stride, core, halo)
    ]


def _spans(length: int, stride: int, core: int, halo: int) -> list[tuple[slice, slice]]:
    """Along one axis, what each tile sees and what it contributes."""
    each = -(-length // -(-length // core))
    each, halo = _up(each, stride), _up(halo, stride)
    return [
        (slice(max(0, start - halo), min(length, start + each + halo)), slice(start, min(length, start + each)))
        for start in range(0, length, each)
    ]


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


class DamageFinder:
    """Says for each pixel of a picture how likely it is damage.

    Args:
        detector: the network. It is copied.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        at_once: most tiles side by side; left out, what suits the device.

    Raises:
        UsageError: the device is not available.

    Examples:
        >>> picture = np.full((40, 60, 3), 120, np.uint8)
        >>> picture[20] = 250
        >>> found = DamageFinder(Detector(), "cpu").probabilities(picture)
        >>> found.shape, bool((found[20] > 0.5).all()), bool((found[30] < 0.5).all())
        ((40, 60), True, True)
    """

    def __init__(self, detector: Detector, device: str | torch.device = "auto", *, at_once: int | None = None) -> None:
        chosen = pick_device(device)
        self._fallback = MemoryFallback(chosen, at_once or (MOST_AT_ONCE if chosen.type == "cuda" else 1))
        self._detector = copy.deepcopy(detector).float().cpu().eval().requires_grad_(False)
        self._copies: dict[str, Network] = {}
        self._lock = Lock()

    @property
    def device(self) -> torch.device:
        """Where tiles run now; the CPU after a device has run out of memory for good."""
        return self._fallback.device

    def probabilities(
        self,
        colour: NDArray[Any],
        *,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> NDArray[np.float32]:
        """How likely each pixel is damage.

        Args:
            colour: `(H, W, 3)` RGB, uint8, uint16 or float 0..1, any size from 1x1; grey repeated.
            on_progress: is called with the tiles done and the tiles in all.
            notify: is called with lines worth knowing; goes to `logging` if left out.

        Returns:
            `(H, W)`, range 0..1.

        Raises:
            RestoreError: memory runs out with a single tile on the CPU.
        """
        height, width = colour.shape[:2]
        tiles = plan_tiles(height, width, self._detector.config.stride)
        found = np.empty((height, width), np.float32)

        def judge(tile: Tile, device: torch.device) -> NDArray[np.float32]:
            return self._judge(to_unit(colour[tile.seen]), tile.taken, device)

        answers = self._fallback.run(judge, tiles, notify=notify or _log.info)
        for done, (tile, answer) in enumerate(zip(tiles, answers, strict=True), 1):
            found[tile.core] = answer
            if on_progress is not None:
                on_progress(done, len(tiles))
        return found

    def _judge(
        self, part: NDArray[np.float32], taken: tuple[slice, slice], device: torch.device
    ) -> NDArray[np.float32]:
        network = self._at(device)
        with torch.inference_mode(), autocast(device):
            picture = torch.from_numpy(np.ascontiguousarray(part.transpose(2, 0, 1)))[None].to(device)
            padded, _ = pad_to_multiple(picture, self._detector.config.stride)
            answer: NDArray[np.float32] = network(padded, taken).float().sigmoid()[0, 0].cpu().numpy()
        return answer

    def _at(self, device: torch.device) -> Network:
        """What makes logits of a picture's core on a device, made once."""
        with self._lock:
            if str(device) not in self._copies:
                self._copies[str(device)] = (
                    FoldedDetector(self._detector) if device.type == "cpu" else _plain(self._detector, device)
                )
            return self._copies[str(device)]


def _plain(detector: Detector, device: torch.device) -> Network:
    """The detector itself, which looks at all of a tile alike."""
    moved = copy.deepcopy(detector).to(device).to(memory_format=torch.channels_last)

    def judge(picture: Tensor, core: tuple[slice, slice]) -> Tensor:
        logits: Tensor = moved(picture)[..., core[0], core[1]]
        return logits

    return judge


def load_finder(name_or_path: str | Path = "repair", device: str | torch.device = "auto") -> DamageFinder:
    """Load weights that find damage, once for many pictures.

    Args:
        name_or_path: a released model's name, a `.safetensors` file, or a folder that holds such files.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones, or weights of another model.
    """
    from restore.pretrained import load_kind

    chosen = pick_device(device)
    weights = load_kind(name_or_path, KIND, "network that finds damage")
    try:
        detector = Detector(DetectorConfig(**weights.config))
        detector.load_state_dict(weights.tensors, strict=True)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise WeightsError(
            f"{name_or_path}: the weights do not fit this version of restore ({reason}): update it"
        ) from error
    return DamageFinder(detector, chosen)
