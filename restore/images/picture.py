"""One picture in memory: what every reader makes and every writer takes."""

from dataclasses import dataclass, field

import numpy as np

from restore.images.metadata import Metadata
from restore.images.orientation import swaps_sides

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels the way they are looked at, and what else their file held.

    Attributes:
        colour: (H, W, 3) RGB, uint8 or uint16; a grey picture has three equal channels.
        alpha: (H, W) of the same dtype, 0 transparent; None if the file has no transparency.
        grey: the file had one colour channel, and a written file has one again where its format can.
        metadata: profile, EXIF, XMP, resolution; its orientation is the one of the pixels in the file.
        format: Pillow's name of the file's format: ``"PNG"``, ``"JPEG"``, ...

    Raises:
        ValueError: shapes or dtypes that contradict the above.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    grey: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    format: str = "PNG"

    def __post_init__(self) -> None:
        shape, dtype = self.colour.shape, self.colour.dtype
        if len(shape) != 3 or shape[2] != 3 or 0 in shape or dtype not in (np.uint8, np.uint16):
            raise ValueError(f"colour must be (H, W, 3) uint8 or uint16, not {shape} {dtype}")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != dtype):
            raise ValueError(f"alpha must be {shape[:2]} {dtype}, not {self.alpha.shape} {self.alpha.dtype}")

    @property
    def height(self) -> int:
        """In pixels, as looked at."""
        return int(self.colour.shape[0])

    @property
    def width(self) -> int:
        """In pixels, as looked at."""
        return int(self.colour.shape[1])

    @property
    def depth(self) -> int:
        """Bits per sample: 8 or 16."""
        return 8 * self.colour.dtype.itemsize

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) in the file, before its orientation is applied."""
        swapped = swaps_sides(self.metadata.orientation)
        return (self.height, self.width) if swapped else (self.width, self.height)
