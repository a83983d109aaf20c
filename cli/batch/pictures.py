"""Reading a picture with its hole, and writing what came of it, for the commands that fill holes.

Between the files and the pipeline stand the few decisions that are the command line's own: stdin and stdout, one mask
read once for many pictures, and telling the user what a file format will lose.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli.batch import outputs
from restore.cli.batch.outputs import STDIO
from restore.cli.batch.pairs import AlphaRule, ColourRule, MaskSource
from restore.cli.batch.sources import read_stdin
from restore.cli.console import Console
from restore.cli.options import Strip
from restore.files import atomic_write
from restore.images.formats import LOSSLESS, output_format
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import describe_losses, write_picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.pipelines.inpaint.options import InpaintOptions

Notify = Callable[[str], None]


@dataclass
class MaskReader:
    """Reads masks; one that serves several pictures is kept after its first reading.

    Attributes:
        shared: the mask that serves several pictures, or None.
        max_pixels: largest mask to open.
    """

    shared: Path | None
    max_pixels: int
    _kept: Picture | None = None

    def read(self, path: Path) -> Picture:
        """Return the mask at `path`.

        Raises:
            InputError: it is damaged, too large or no picture.
        """
        if path == self.shared and self._kept is not None:
            return self._kept
        mask = read(path, self.max_pixels)
        if path == self.shared:
            self._kept = mask
        return mask


def read(path: Path, max_pixels: int) -> Picture:
    """Return the picture at `path`, or the one on stdin for `STDIO`.

    Raises:
        InputError: it is damaged, too large or no picture, or stdin is empty.
        UsageError: stdin is a terminal.
    """
    if path != STDIO:
        return read_picture(path, max_pixels=max_pixels)
    return read_picture(io.BytesIO(read_stdin()), max_pixels=max_pixels)


def read_sized(path: Path, max_pixels: int) -> tuple[Picture, int]:
    """Return the picture at `path` or on stdin, and how many bytes its file has.

    Raises:
        InputError: it is damaged, too large or no picture, or stdin is empty.
        UsageError: stdin is a terminal.
    """
    if path != STDIO:
        picture = read_picture(path, max_pixels=max_pixels)
        return picture, path.stat().st_size
    data = read_stdin()
    return read_picture(io.BytesIO(data), max_pixels=max_pixels), len(data)


def find_hole(
    source: MaskSource, picture: Picture, masks: MaskReader, settings: "InpaintOptions", notify: Notify
) -> "NDArray[np.bool_]":
    """Return what is to be filled, (H, W), from a mask file or from the picture itself.

    Raises:
        InputError: the mask cannot be read.
        UsageError: the mask's size is not the picture's, or the picture has no alpha where that was asked for.
    """
    from restore.pipelines.inpaint.holes import hole_from_alpha, hole_from_colour, hole_from_mask

    hole: NDArray[np.bool_]
    if isinstance(source, AlphaRule):
        hole = hole_from_alpha(picture, settings)
    elif isinstance(source, ColourRule):
        hole = hole_from_colour(picture, source.rgb, source.tolerance, settings)
    else:
        hole = hole_from_mask(masks.read(source), picture, settings, notify)
    if not hole.any():
        notify("the mask marks nothing to fill; the picture is written as it is")
    return hole


def opaque_in(picture: Picture, hole: "NDArray[np.bool_]") -> Picture:
    """Return the picture with its hole opaque: what was marked by transparency is to be seen once it is filled."""
    import numpy as np

    if picture.alpha is None:
        return picture
    alpha = picture.alpha.copy()
    alpha[hole] = np.iinfo(alpha.dtype).max
    return replace(picture, alpha=alpha)


def write(
    picture: Picture,
    path: Path,
    console: Console,
    *,
    strip: Strip,
    quality: int | None,
    tell: Callable[[str], None],
    format: str = "PNG",
) -> None:
    """Write a result whole or not at all, after telling what its format loses.

    Args:
        picture: the result.
        path: the file, or `STDIO`.
        console: owns stdout.
        strip: metadata to leave out.
        quality: 1..100 for lossy formats.
        tell: takes the lines about losses.
        format: what to write where the path has no suffix to say it, as on stdout.

    Raises:
        OutputError: the target cannot be written.
        UsageError: the format cannot be written.
    """
    unnamed = path == STDIO or outputs.is_special(path)
    kind = format if unnamed else output_format(path)
    for loss in describe_losses(picture, kind, quality=quality):
        tell(loss)
    if quality is not None and kind in LOSSLESS:
        tell(f"--quality changes nothing in {kind}, which keeps every pixel")
    if not unnamed:
        outputs.make_folder(path)
        write_picture(picture, path, format=kind, quality=quality, strip=strip)
        return
    buffer = io.BytesIO()
    write_picture(picture, buffer, format=kind, quality=quality, strip=strip)
    if path == STDIO:
        console.write_bytes(buffer.getvalue())
        return
    with atomic_write(path) as device:
        device.write(buffer.getvalue())
