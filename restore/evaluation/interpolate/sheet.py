"""A sheet of an interpolation bench: what each method made of typical and of the worst triplets, beside the truth.

    caption: which triplet, how far things move, and why it is here
    whole truth | truth | method     | method     | …     a window at one screen pixel per picture pixel
    first       | last  | difference | difference | …     the two given frames, and what each method got wrong

The frame in the first picture says where the window lies: at the place where the methods that follow motion differ
most from the truth. Differences are four times as bright as they are, since a ghost of ten levels is seen in motion
and hardly on a page. The best PSNR of a triplet is in bright letters.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from restore.errors import UsageError
from restore.evaluation.interpolate.gallery import TILE, Case
from restore.evaluation.interpolate.report import Row
from restore.evaluation.sheets import BACKGROUND, CAPTION, GAP, HEAD, INK, QUIET, WARNING, format_of, write_blocks

LABEL = 20
"""Height in pixels of the words above the second strip."""
GAIN = 4
"""How many times brighter a difference is drawn."""

Samples = npt.NDArray[np.uint8]


def write_sheet(cases: Sequence[tuple[str, Case]], methods: Sequence[str], path: Path) -> None:
    """Draw the cases one below the other and save the sheet.

    Args:
        cases: a note (may be empty) and the case, as `Gallery.select` gives them.
        methods: which to show, left to right.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is nothing to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    form = format_of(path)
    if not cases or not methods:
        raise UsageError("the bench kept no triplet to show; run it on at least one")
    write_blocks([_block(note, case, methods) for note, case in cases], path, form, quality=95)


def difference(truth: Samples, made: Samples) -> Samples:
    """The mean difference over the channels, brightened: two `(H, W, 3)` to `(H, W)`."""
    apart = np.abs(made.astype(np.float64) - truth).mean(axis=2)
    return np.asarray(np.minimum(np.rint(GAIN * apart), 255), dtype=np.uint8)


def _block(note: str, case: Case, methods: Sequence[str]) -> Image.Image:
    """One case: caption, heads, two strips."""
    best = max(case.rows[name].psnr for name in methods)
    upper = [("whole truth", "", _marked(case)), ("truth", "", Image.fromarray(case.truth))]
    upper += [(name, _figures(case.rows[name]), Image.fromarray(case.made[name])) for name in methods]
    lower = [("first", Image.fromarray(case.given[0])), ("last", Image.fromarray(case.given[1]))]
    lower += [(f"difference x{GAIN}", Image.fromarray(difference(case.truth, case.made[name]))) for name in methods]
    height = max(case.window[2], case.view.shape[0])
    below = CAPTION + HEAD + height + LABEL
    block = Image.new("RGB", (GAP + len(upper) * (TILE + GAP), below + case.window[2] + 2 * GAP), BACKGROUND)
    pen = ImageDraw.Draw(block)
    caption = f"{case.label} ({note})" if note else case.label
    pen.text((GAP, 8), caption, fill=WARNING if note else INK, font=ImageFont.load_default(size=18))
    for place, ((name, figures, picture), (label, second)) in enumerate(zip(upper, lower, strict=True)):
        left = GAP + place * (TILE + GAP)
        is_best = name in case.rows and case.rows[name].psnr == best
        pen.text((left, CAPTION + 4), name, fill=INK, font=ImageFont.load_default(size=16))
        pen.text((left, CAPTION + 23), figures, fill=INK if is_best else QUIET, font=ImageFont.load_default(size=13))
        block.paste(picture, (left, CAPTION + HEAD))
        pen.text((left, below - LABEL + 2), label, fill=QUIET, font=ImageFont.load_default(size=12))
        block.paste(second, (left, below))
    return block


def _marked(case: Case) -> Image.Image:
    """The whole truth with the window's frame."""
    view = Image.fromarray(case.view)
    top, left, height, width = (round(length * case.share) for length in case.window)
    ImageDraw.Draw(view).rectangle((left, top, left + width - 1, top + height - 1), outline=WARNING, width=2)
    return view


def _figures(row: Row) -> str:
    parts = [f"{row.psnr:.2f} dB", f"SSIM {row.ssim:.4f}"]
    if row.perceptual is not None:
        parts.append(f"perc. {row.perceptual:.4f}")
    return "   ".join(parts)
