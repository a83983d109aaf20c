"""Before and after side by side in one clip: left the source, its frames repeated, right the result.

Both files are read again, so the clip is whole after a resumed run too.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restore.pipelines.interpolate.video.retiming import Retiming
    from restore.video.read.reader import VideoReader

GAP = 4
"""Width in pixels of the white strip between the two."""
EARLY = Fraction(1, 4)
"""Part of an output interval: a source frame that comes so little later is shown already; containers round times."""


def write_comparison(
    paths: tuple[Path, Path],
    target: Path,
    retiming: "Retiming",
    rate: Fraction | None,
    on_progress: Callable[[int], None],
) -> None:
    """Write the clip, with the sound of the result.

    Args:
        paths: of the source and of the result.
        target: a video file.
        retiming: how it was made.
        rate: of the source, if it is a folder of pictures.
        on_progress: called with the number of frames written.

    Raises:
        InputError: one of the two cannot be read.
        OutputError: the clip cannot be written.
    """
    from restore.images.orientation import swaps_sides
    from restore.pipelines.interpolate.video.files import SILENT_CONTAINERS, segment_length
    from restore.video.read.opening import open_video
    from restore.video.write.joining import join_segments
    from restore.video.write.segments import SegmentedWriter

    source, made = paths
    with open_video(source, rate=rate) as left:
        info = left.info
        out_rate = retiming.rate(info)
        with open_video(made, rate=out_rate if made.is_dir() else None) as right:
            aspect = 1 / info.sample_aspect if swaps_sides(info.orientation) else info.sample_aspect
            wide = replace(info, width=2 * info.width + GAP, orientation=1, sample_aspect=aspect, loops=None)
            writer = SegmentedWriter(target, wide, out_rate, length=segment_length(wide))
            try:
                with writer:
                    pairs = _pairs(left, right, retiming.stretch, EARLY / out_rate)
                    for done, (time, pixels) in enumerate(pairs, start=1):
                        writer.write(pixels, time)
                        on_progress(done)
                silent = right.info.container in SILENT_CONTAINERS
                join_segments(writer.segments.folder, target, None if silent else made)
            finally:
                writer.segments.remove()


def _pairs(
    left: "VideoReader", right: "VideoReader", stretch: Fraction, early: Fraction
) -> Iterator[tuple[Fraction, "NDArray[Any]"]]:
    """Times of the result's frames, and both pictures side by side, (H, 2 W + GAP, C)."""
    sources = _good(left)
    first, shown = next(sources)
    coming = next(sources, None)
    begin: Fraction | None = None
    for moment, pixels in _good(right):
        begin = moment if begin is None else begin
        while coming is not None and (coming[0] - first) * stretch <= moment - begin + early:
            shown, coming = coming[1], next(sources, None)
        yield moment, _side_by_side(shown, pixels)


def _good(video: "VideoReader") -> Iterator[tuple[Fraction, "NDArray[Any]"]]:
    return ((frame.time, frame.pixels) for frame in video if frame.pixels is not None)


def _side_by_side(left: "NDArray[Any]", right: "NDArray[Any]") -> "NDArray[Any]":
    """Two pictures next to each other; the right one, as it was encoded, takes the left one's size and kind."""
    import numpy as np

    height, width, channels = left.shape
    right = right[:height, :width]
    if right.dtype != left.dtype:
        right = right.astype(np.uint16) * np.uint16(257) if left.dtype == np.uint16 else (right >> 8).astype(np.uint8)
    top = int(np.iinfo(left.dtype).max)
    if right.shape[2] > channels:
        right = right[..., :channels]
    elif right.shape[2] < channels:
        right = np.dstack([right, np.full((height, width), top, left.dtype)])
    gap = np.full((height, GAP, channels), top, left.dtype)
    joined: NDArray[Any] = np.concatenate([left, gap, right], axis=1)
    return joined
