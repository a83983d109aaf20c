"""Whether two consecutive frames belong to one shot, have a cut between them, or are the same picture twice.

Nothing may be blended over a cut, and between two equal frames there is nothing to make. Both judgements see these two
frames and nothing else, so a resumed run judges as an unbroken one does.

    frame ── thumbnail ── without bars ──┬─ structure: is each block of one found near its place in the other? 7/8 ─┐
                                         ├─ colours: are the same ones there, as much of each?                 1/8 ─┴─ s
                                         └─ light, where a frame shows nothing: how far are they apart? ───────────── s

Blocks of 8 x 8 of a picture 32 wide find a counterpart through pans, shakes, zooms and moving objects, and their
correlation ignores gain and offset, so fades and flashes pass. Where one frame is clipped the other first gets its
tones: a flash is then the same picture again. Blocks of another scene find something alike too, but not that alike: the
median similarity is 0.99 within a shot and 0.42 over a cut. The colours help where objects moved too far to be found.

Where it stops being right: a flash that leaves next to nothing but white is taken for a cut. A cut between a frame that
shows nothing and one whose light is within `(1 - CUT_THRESHOLD) * LIGHT_RANGE` levels of it is taken for a fade. A jump
between two moments of one unmoved camera is no cut; motion by more than a quarter of the picture between two frames may
be one.
"""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

__all__ = ["CUT_THRESHOLD", "Thumbnail", "is_cut", "is_still", "similarity", "thumbnail"]

CUT_THRESHOLD = 0.6
"""`similarity` below which two frames are of different scenes."""

THUMBNAIL_SIDE = 32
"""Longer side of a thumbnail in pixels."""
BLOCK = 8
"""Side of a block in pixels of a thumbnail, and in pixels of a frame for `is_still`."""
SEARCH_RADIUS = 8
"""Pixels of a thumbnail, to all sides, within which a block is searched for."""
BAR_RANGE = 4.0
"""Levels of 255: a line whose values, in both frames, span no more than this is part of a bar."""
FLAT_PICTURE = 2.0
"""Standard deviation in levels of 255 below which a picture is flat: it shows nothing."""
FLAT_BLOCK = 1.0
"""Standard deviation in levels of 255 below which a block is flat and does not count."""
FULL_WEIGHT = 30.0
"""Standard deviation in levels of 255 from which on a block has its full weight."""
LIGHT_RANGE = 80.0
"""Levels of 255: flat pictures whose light differs by this much have a similarity of 0."""
CLIPPED_LEVELS = (6.0, 248.0)
"""Levels of 255 beyond which detail is lost."""
COLOUR_SHARE = 0.125
"""Share of the colours in the similarity; the rest is structure."""
GREY_PENALTY = 0.2
"""Part by which the dissimilarity of two grey pictures is raised: their three channels are equal, so blocks match by
chance more often."""
TINT_SHARE = 0.05
"""Share of the variance that lies between the channels from which on a picture is not grey at all."""
COMMON_OVERLAP = 0.85
"""Overlap of colours that counts as 0, because that much is common between different scenes."""
BINS = 12
"""Bins per channel of a histogram."""

STILL_PEAK = 20
"""Levels of 255: no sample of two still frames differs by more."""
STILL_BLOCK = 3.0
"""Levels of 255: no block's mean difference, in any channel, is more in two still frames."""
STILL_MEAN = 0.5
"""Levels of 255: the mean difference of two still frames is no more."""

Thumbnail = npt.NDArray[np.float32]
"""(h, w, 3), the longer side `THUMBNAIL_SIDE` or the frame's own if that is shorter; RGB in levels of 255."""

_Array = npt.NDArray[np.float32]
_ROWS_PER_PIXEL = 8  # of a frame that a thumbnail looks at: the mean of 8 x 60 samples is as good as that of 60 x 60
_STRIP = 8 * BLOCK  # rows that `is_still` looks at together: they stay in the cache


def thumbnail(pixels: npt.NDArray[np.integer]) -> Thumbnail:
    """A small picture of a frame, for `similarity`.

    Args:
        pixels: (H, W, 3) or (H, W, 4) with alpha, uint8, or uint16 over the full scale. What is transparent is black.
    """
    height, width = pixels.shape[:2]
    shrink = min(1.0, THUMBNAIL_SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    rows = pixels[:: max(1, height // (size[1] * _ROWS_PER_PIXEL))]
    if rows.dtype == np.uint16:
        rows = rows >> 8
    image = Image.fromarray(np.ascontiguousarray(rows, dtype=np.uint8))
    small = np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.float32)
    if small.shape[2] == 4:
        small = small[..., :3] * (small[..., 3:] / np.float32(255))
    return small


def is_cut(first: Thumbnail, second: Thumbnail, threshold: float = CUT_THRESHOLD) -> bool:
    """Whether a new scene begins with the second of two consecutive frames.

    Args:
        first: of the earlier frame, from `thumbnail`.
        second: of the later frame, from `thumbnail`.
        threshold: 0..1, the `similarity` below which there is a cut: 0 never finds one, higher ones find more.

    Raises:
        ValueError: a threshold out of range.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"a threshold of {threshold} for cuts; it must be 0 to 1")
    return similarity(first, second) < threshold


def similarity(first: Thumbnail, second: Thumbnail) -> float:
    """How much two frames look like moments of one shot, whichever comes first.

    Args:
        first: from `thumbnail`.
        second: from `thumbnail`; one of another shape gives 0.

    Returns:
        0..1; 1 for equal frames.
    """
    if first.shape != second.shape:
        return 0.0
    if np.array_equal(first, second):
        return 1.0
    first, second = _crop_bars(first, second)
    if first.size == 0:
        return 1.0
    light = max(0.0, 1 - float(np.abs(first - second).mean()) / LIGHT_RANGE)
    shown = min(float(one.std(axis=(0, 1)).max()) for one in (first, second))
    structure = _structure(*_matched_tones(first, second)) if shown >= FLAT_PICTURE else None
    if structure is None:
        return light
    structure = 1 - (1 - structure) * (1 + GREY_PENALTY * _greyness(first, second))
    colours = max(0.0, (_colour_overlap(first, second) - COMMON_OVERLAP) / (1 - COMMON_OVERLAP))
    return min(1.0, (1 - COLOUR_SHARE) * max(0.0, structure) + COLOUR_SHARE * colours)


def is_still(first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]) -> bool:
    """Whether two frames are so nearly equal that one between them would only repeat them.

    They may differ by what compression leaves, nowhere by motion: an object of 8 x 8 pixels is seen from a contrast of
    21 levels of 255 on if it moves by one pixel, from 13 on if by its own size. A camera's noise counts as motion.

    Args:
        first: (H, W, C), uint8, or uint16 over the full scale.
        second: (H, W, C), of the same type; frames of different sizes or depths are not still.
    """
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    level = 257 if first.dtype == np.uint16 else 1
    if _difference(first[BLOCK // 2 :: BLOCK], second[BLOCK // 2 :: BLOCK]).max(initial=0) > STILL_PEAK * level:
        return False  # most pairs of frames end here
    total = 0
    for top in range(0, first.shape[0], _STRIP):
        difference = _difference(first[top : top + _STRIP], second[top : top + _STRIP])
        highest = difference.max()
        if highest > STILL_PEAK * level:
            return False
        if highest == 0:
            continue
        sums, areas = _block_sums(difference)
        if (sums > STILL_BLOCK * level * areas).any():
            return False
        total += int(sums.sum())
    return total <= STILL_MEAN * level * first.size


def _difference(first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Absolute, without leaving the unsigned type."""
    difference: npt.NDArray[np.integer] = np.maximum(first, second) - np.minimum(first, second)
    return difference


def _block_sums(difference: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of blocks, those at the right and below maybe smaller.

    Args:
        difference: (H, W, C), at most `STILL_PEAK` levels, so that eight of them stay within the type.

    Returns:
        (rows, columns, C) sums and (rows, columns, 1) areas in pixels.
    """
    height, width, channels = difference.shape
    lines = np.pad(difference, ((0, -height % BLOCK), (0, 0), (0, 0))) if height % BLOCK else difference
    lines = lines.reshape(-1, BLOCK, width * channels).sum(axis=1, dtype=difference.dtype)
    tops, lefts = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums = np.add.reduceat(lines.reshape(-1, width, channels), lefts, axis=1, dtype=np.int64)
    return sums, np.multiply.outer(np.minimum(BLOCK, height - tops), np.minimum(BLOCK, width - lefts))[..., None]


def _crop_bars(first: _Array, second: _Array) -> tuple[_Array, _Array]:
    """Both without the lines at their edges that are even, and equally so, in both."""
    for across in (1, 0):
        lines = np.ptp(np.concatenate([first, second], axis=across), axis=across).max(axis=1)
        content = np.flatnonzero(lines > BAR_RANGE)
        if content.size == 0:
            return first[:0], second[:0]
        inside = slice(content[0], content[-1] + 1)
        first, second = (one[inside] if across == 1 else one[:, inside] for one in (first, second))
    return first, second


def _matched_tones(first: _Array, second: _Array) -> tuple[_Array, _Array]:
    """The frame that is clipped less with the other's tones, so that what is lost in one is lost in both."""
    low, high = CLIPPED_LEVELS
    lost = [float(((one < low) | (one > high)).mean()) for one in (first, second)]
    if abs(lost[0] - lost[1]) < 0.05:
        return first, second
    return (_equalised(first, second), second) if lost[0] < lost[1] else (first, _equalised(second, first))


def _equalised(picture: _Array, like: _Array) -> _Array:
    """A picture with the histogram of another, channel for channel; equal values stay equal."""
    toned = np.empty_like(picture)
    for channel in range(3):
        _, places, counts = np.unique(picture[..., channel], return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        sums = np.concatenate([[0.0], np.cumsum(np.sort(like[..., channel], axis=None))])
        toned[..., channel] = ((sums[ends] - sums[ends - counts]) / counts)[places].reshape(picture.shape[:2])
    return toned


def _greyness(first: _Array, second: _Array) -> float:
    """0..1 of the less grey one."""
    tints = []
    for picture in (first, second):
        change = picture - picture.mean(axis=(0, 1))
        between = change - change.mean(axis=2, keepdims=True)
        tints.append(float(np.square(between).sum() / np.square(change).sum()))
    return max(0.0, 1 - max(tints) / TINT_SHARE)


def _structure(first: _Array, second: _Array) -> float | None:
    """How well the blocks of each picture are found in the other, -1..1 of the worse; None where there are none."""
    windows = [_windows(one) for one in (first, second)]
    found = [_best_matches(*windows[0], windows[1][0]), _best_matches(*windows[1], windows[0][0])]
    return min((one for one in found if one is not None), default=None)


def _windows(picture: _Array) -> tuple[_Array, _Array]:
    """Every block of a picture, without its mean colour and of unit length, and its standard deviation.

    Returns:
        (rows, columns, 3 * height * width) and (rows, columns).
    """
    sides = min(BLOCK, picture.shape[0]), min(BLOCK, picture.shape[1])
    views = sliding_window_view(picture, sides, axis=(0, 1))
    blocks = np.ascontiguousarray(views).reshape(*views.shape[:3], -1)
    blocks -= blocks.mean(axis=3, keepdims=True)
    blocks = blocks.reshape(*views.shape[:2], -1)
    deviations = np.sqrt(np.einsum("ijk,ijk->ij", blocks, blocks) / blocks.shape[2])
    blocks /= (np.maximum(deviations, FLAT_BLOCK) * np.sqrt(np.float32(blocks.shape[2])))[..., None]
    return blocks, deviations


def _best_matches(blocks: _Array, deviations: _Array, others: _Array) -> float | None:
    """The mean, over blocks that overlap by half, of the best correlation within reach in the other picture.

    Args:
        blocks: from `_windows`.
        deviations: from `_windows`; blocks are weighted by their root.
        others: blocks of the other picture.
    """
    rows, columns = deviations.shape
    every = BLOCK // 2
    blocks, weights = blocks[::every, ::every], deviations[::every, ::every]
    weights = np.where(weights < FLAT_BLOCK, 0, np.sqrt(np.minimum(weights, FULL_WEIGHT)))
    if not weights.any():
        return None
    near_rows, near_columns = (
        np.abs(np.arange(count) - np.arange(0, count, every)[:, None]) <= SEARCH_RADIUS for count in (rows, columns)
    )
    correlations = np.tensordot(blocks, others, axes=(2, 2))
    near = near_rows[:, None, :, None] & near_columns[None, :, None, :]
    best = np.where(near, correlations, -1).max(axis=(2, 3))
    return float((weights * best).sum() / weights.sum())


def _colour_overlap(first: _Array, second: _Array) -> float:
    """Bhattacharyya's coefficient of the colour histograms, 0..1, after both got the same mean light and contrast."""
    histograms = [_histogram(one) for one in (first, second)]
    return float(np.sqrt(histograms[0] * histograms[1]).sum() / np.sqrt(histograms[0].sum() * histograms[1].sum()))


def _histogram(picture: _Array) -> npt.NDArray[np.float64]:
    """(BINS, BINS, BINS) counts, smoothed over neighbours, of colours of mean 128 and standard deviation 45."""
    levels = (picture - picture.mean()) * (45 / max(float(picture.std()), 10.0)) + 128
    places = np.clip(levels * (BINS / 256), 0, BINS - 1).astype(np.intp).reshape(-1, 3)
    counts = np.bincount(places @ np.array([BINS * BINS, BINS, 1]), minlength=BINS**3).reshape(BINS, BINS, BINS)
    smooth = counts.astype(np.float64)
    for axis in range(3):
        padded = np.pad(smooth, [(1, 1) if one == axis else (0, 0) for one in range(3)])
        before, after = (np.take(padded, range(start, start + BINS), axis=axis) for start in (0, 2))
        smooth = smooth + (before + after) / 2
    return smooth
