"""A sheet of real and made frames in turn, from the moments with most motion: there a made frame shows its faults.

    real 00:00:01.200 | made 00:00:01.217 | made 00:00:01.233 | real 00:00:01.250
    …

A moment is two source frames and up to three of those made between them. While frames pass, only small copies of the
best moments so far are kept.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from restore.images.picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from restore.pipelines.interpolate.video.classification import OutputFrame, SourceFrame

MOMENTS = 4
"""Rows of the sheet."""
APART = Fraction(1)
"""Seconds of the source between two moments at least; less in a short clip."""
MADE = 3
"""Made frames in a row."""
PANEL = 480
"""Longest side of one frame, in pixels."""
SPARSE = 8
"""Motion is measured on every so many rows and columns."""
GAP, LABEL = 8, 22
"""Pixels between frames, and of the label above each."""
GROUND, INK, ACCENT = (255, 255, 255), (40, 40, 40), (190, 60, 20)


@dataclass
class Moment:
    """Two source frames and the frames made between them, reduced.

    Attributes:
        time: seconds in the source of the first.
        motion: mean difference of the two, 0..1.
        panels: (label, time, frame) in the order of time, the last source frame left out.
        after: the last source frame.
    """

    time: Fraction
    motion: float
    panels: list[tuple[str, Fraction, "Image.Image"]] = field(default_factory=list)
    after: tuple[str, Fraction, "Image.Image"] | None = None

    def row(self) -> list[tuple[str, Fraction, "Image.Image"]]:
        """The panels that are shown: of many made frames those at even distances."""
        first, *made = self.panels
        count = min(len(made), MADE)
        chosen = [made[round((place + 1) * (len(made) + 1) / (count + 1)) - 1] for place in range(count)]
        return [first, *chosen, *([self.after] if self.after is not None else [])]


class Moments:
    """The moments with most motion among the frames that were added.

    Args:
        stretch: output seconds per source second.
        length: of the source in seconds; None where it is not known.
    """

    def __init__(self, stretch: Fraction = Fraction(1), length: Fraction | None = None) -> None:
        self._stretch = stretch
        self._apart = APART if length is None else min(APART, length / (2 * MOMENTS))
        self._kept: list[Moment] = []
        self._pair_time: Fraction | None = None
        self._current: Moment | None = None

    def add(self, frame: "OutputFrame") -> None:
        """Add an output frame, if it belongs to one of the best moments so far."""
        if frame.kind != "made" or frame.after is None:
            return
        if frame.before.time != self._pair_time:
            self._pair_time = frame.before.time
            self._current = self._new_moment(frame.before, frame.after)
        if self._current is not None:
            self._current.panels.append(("made", frame.time / self._stretch, _small(frame.pixels)))

    def sheet(self) -> Picture | None:
        """The sheet, or None where nothing was made."""
        import numpy as np
        from PIL import Image, ImageDraw, ImageFont

        from restore.pipelines.interpolate.video.retiming import timestamp

        if not self._kept:
            return None
        rows = [moment.row() for moment in sorted(self._kept, key=lambda moment: moment.time)]
        width, height = rows[0][0][2].size
        cell = (width + GAP, height + LABEL + GAP)
        size = (max(map(len, rows)) * cell[0] + GAP, len(rows) * cell[1] + GAP)
        page = Image.new("RGB", size, GROUND)
        pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=14)
        for down, row in enumerate(rows):
            for across, (kind, time, picture) in enumerate(row):
                left, top = GAP + across * cell[0], GAP + down * cell[1]
                label = f"{kind} {timestamp(time)}" if width > 150 else f"{kind} {float(time):.3f}"
                pen.text((left, top), label, fill=ACCENT if kind == "made" else INK, font=font)
                page.paste(picture, (left, top + LABEL))
        return Picture(np.asarray(page))

    def _new_moment(self, before: "SourceFrame", after: "SourceFrame") -> Moment | None:
        """A new moment, if it is among the best so far."""
        moment = Moment(before.time, _motion(before.pixels, after.pixels))
        close = [kept for kept in self._kept if moment.time - kept.time < self._apart]
        weakest = close[0] if close else min(self._kept, key=lambda kept: kept.motion, default=moment)
        if close or len(self._kept) == MOMENTS:
            if moment.motion <= weakest.motion:
                return None
            self._kept.remove(weakest)
        moment.panels.append(("real", before.time, _small(before.pixels)))
        moment.after = ("real", after.time, _small(after.pixels))
        self._kept.append(moment)
        return moment


def _motion(before: "NDArray[Any]", after: "NDArray[Any]") -> float:
    """Mean difference of two frames, 0..1."""
    import numpy as np

    sparse = slice(None, None, SPARSE)
    first, second = (each[sparse, sparse, :3].astype(np.float32) for each in (before, after))
    return float(np.abs(first - second).mean() / np.iinfo(before.dtype).max)


def _small(pixels: "NDArray[Any]") -> "Image.Image":
    """At most `PANEL` a side, 8 bits, transparency on white."""
    import numpy as np
    from PIL import Image

    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    picture = Image.fromarray(pixels)
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, picture).convert("RGB")
    scale = PANEL / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX)
