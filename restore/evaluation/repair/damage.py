"""The damaged pictures of a bench: at several scales, and their damage by kind, width and contrast.

    photograph -- lay_damage -- damaged picture, kinds, doubt, change -- at_scale -- classes_of

A pixel is as wide as the widest disc that fits into the damage and holds it or touches it, so that the corner of a
stain is no hair. Damage counts where it can be seen, and on an uneven ground what can be seen of a wide faint stain may
be many narrow parts: these count as narrow.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from restore.synthetic.damage import HARDLY_SEEN, KINDS, SEEN, Damaged

Samples = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

WIDTHS = {"1-4 px": (0, 4), "4-10 px": (4, 10), "10+ px": (10, None)}
"""Name to the width in pixels that a class is above, and that it goes up to."""
CONTRASTS: dict[str, tuple[float, float]] = {
    "9-25 levels": (0.0, 25.0),
    "25-60 levels": (25.0, 60.0),
    "60+ levels": (60.0, 256.0),
}
"""Name to the change in levels of 255 from which a class is, and below which it stays; none is seen below 9."""
THIN_LINES = "thin lines"
"""Hairs and scratches: lines of the first of `WIDTHS`."""
CLASSES = (*KINDS, *WIDTHS, *CONTRASTS, THIN_LINES)
"""What recall is given for, in the order of the report."""


def at_scale(damaged: Damaged, scale: float) -> Damaged:
    """A damaged picture and its truth, resized.

    A pixel is damage where half of what it came from is or more, and where still enough of the change is left to be
    seen; where less of either is left it is in doubt.

    Args:
        damaged: as `lay_damage` gives it.
        scale: factor of both sides, above 0; 1 gives the same object.
    """
    if scale == 1:
        return damaged
    size = scaled_size(damaged.kinds.shape, scale)
    filter_ = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    shares = np.stack([_resized(damaged.kinds == number, size, filter_) for number in range(1, len(KINDS) + 1)])
    doubt = _resized(damaged.doubt, size, filter_)
    change = _resized(damaged.change, size, filter_)
    seen = (shares.sum(axis=0) >= 0.5) & (change >= SEEN)
    unsure = ~seen & ((shares.sum(axis=0) > 0) | (doubt > 0)) & (change > HARDLY_SEEN)
    kinds = np.where(seen, 1 + shares.argmax(axis=0), 0).astype(np.uint8)
    return Damaged(picture_at_scale(damaged.picture, scale), kinds, unsure, change)


def picture_at_scale(picture: Samples, scale: float) -> Samples:
    """A picture `(H, W, 3)`, resized as any program does it: bicubic, over all pixels that fall into one."""
    if scale == 1:
        return picture
    height, width = scaled_size(picture.shape[:2], scale)
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC), dtype=np.uint8)


def scaled_size(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """Height and width at a scale, at least 1.

    Examples:
        >>> scaled_size((5, 8), 0.5)
        (2, 4)
    """
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def classes_of(damaged: Damaged) -> dict[str, Mask]:
    """The damage of a picture by each of `CLASSES`, `(H, W)` each; kinds, widths and contrasts share it out."""
    damage = damaged.kinds > 0
    kinds = {kind: damaged.kinds == number for number, kind in enumerate(KINDS, start=1)}
    widths = by_width(damage)
    contrasts = {
        name: damage & (damaged.change >= low) & (damaged.change < high) for name, (low, high) in CONTRASTS.items()
    }
    return {**kinds, **widths, **contrasts, THIN_LINES: kinds["lines"] & widths[next(iter(WIDTHS))]}


def by_width(damage: Mask) -> dict[str, Mask]:
    """Damage `(H, W)` by each of `WIDTHS`."""
    wider = {low: _wider_than(damage, low) for low, _ in WIDTHS.values()}
    return {name: wider[low] if high is None else wider[low] & ~wider[high] for name, (low, high) in WIDTHS.items()}


def _wider_than(damage: Mask, width: int) -> Mask:
    """Damage that lies in a disc of more than `width` pixels that is all damage, or beside one; `width` is even."""
    if width == 0 or damage.all():
        return damage
    from scipy.ndimage import distance_transform_edt

    least = width // 2 + 1
    middles = distance_transform_edt(damage) >= least
    if not middles.any():
        return np.zeros_like(damage)
    return np.asarray(damage & (distance_transform_edt(~middles) <= least))


def _resized(
    plane: npt.NDArray[np.bool_] | npt.NDArray[np.float32], size: tuple[int, int], how: int
) -> npt.NDArray[np.float32]:
    height, width = size
    return np.asarray(Image.fromarray(plane.astype(np.float32)).resize((width, height), how), dtype=np.float32)
