"""One picture in memory, in two forms: `StoredPicture` as a file stores it, `Picture` as it is looked at."""

from dataclasses import dataclass, field

import numpy as np

from restore.images.metadata import Metadata
from restore.images.orientation import as_stored, swaps_sides, upright
from restore.images.samples import to_eight_bits

__all__ = ["Picture", "StoredPicture"]


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

    def stored_pixels(self, channels: int, orientation: int, *, deep: bool = True) -> np.ndarray:
        """The pixels as a file is to store them.

        Args:
            channels: of colour: 1 takes the first of three equal ones, 3 takes all.
            orientation: EXIF's number, 1..8, of the stored pixels.
            deep: False rounds 16 bits to 8 where alpha has to be joined to the colours; without alpha nothing is
                copied or rounded.

        Returns:
            (H, W), (H, W, 2), (H, W, 3) or (H, W, 4); a view of the picture where it can be.
        """
        colour = as_stored(self.colour, orientation)
        if self.alpha is None:
            return colour[..., 0] if channels == 1 else colour
        alpha = as_stored(self.alpha, orientation)
        if not deep:
            colour, alpha = to_eight_bits(colour), to_eight_bits(alpha)
        height, width = alpha.shape
        both = np.empty((height, width, channels + 1), colour.dtype)
        both[..., :channels] = colour[..., :channels]
        both[..., channels] = alpha
        return both


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Pixels the way a file stores them, and what else it held: what the reader of each format gives.

    Attributes:
        pixels: (H, W) grey, (H, W, 2) grey and alpha, (H, W, 3) RGB or (H, W, 4) RGBA; uint8 or uint16.
        metadata: its orientation is the one of the stored pixels.
        grey: the file has one colour channel.
        is_upright: the decoder has turned the pixels already, whatever the orientation is.
    """

    pixels: np.ndarray
    metadata: Metadata
    grey: bool
    is_upright: bool = False

    def as_picture(self, format: str) -> Picture:
        """The picture, upright.

        Args:
            format: Pillow's name of the file's format.
        """
        pixels = self.pixels if self.is_upright else upright(self.pixels, self.metadata.orientation)
        planes = pixels[..., None] if pixels.ndim == 2 else pixels
        channels = planes.shape[2]
        alpha = np.ascontiguousarray(planes[..., -1]) if channels in (2, 4) else None
        colour = np.ascontiguousarray(planes[..., :3]) if channels >= 3 else np.repeat(planes[..., :1], 3, axis=2)
        return Picture(colour, alpha, self.grey, self.metadata, format)
