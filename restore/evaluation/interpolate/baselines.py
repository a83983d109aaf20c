"""The ways to make a middle frame that our network is compared with, behind one signature.

    copy            shows the nearer frame again; of two equally near ones the earlier
    blend           the mean of both
    dis             OpenCV's DIS flow, both ways, carried to the middle, both frames warped there and blended
    minterpolate    FFmpeg's motion-compensated filter, through PyAV

`dis` is what a flow library gives with little work; a network must do better to be worth having:

    flow 0 -> 1 -- splat at half way -- flow and visibility, seen from the middle -- warp 0 --+
    flow 1 -> 0 -- splat at half way -- flow and visibility, seen from the middle -- warp 1 --+-- blend by visibility

Where two pixels land on one place, the one counts more whose colour is found again at the end of its way; where none
lands, the flow is filled from the neighbourhood.

`minterpolate` needs four frames, so both are given twice, and chroma is kept at full resolution. It makes
one frame between the two first ones on the way, so a long video costs it a little less per frame than the figures say.
Its default block search is the best of its modes here: on one triplet of each of thirteen clips it has 32.26 dB, the
overlapped, bidirectional and variable-size ones that tutorials pile up 32.16 to 32.25.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore.errors import RestoreError, UsageError
from restore.evaluation.extras import opencv

if TYPE_CHECKING:
    from av.filter.graph import Graph
    from av.video.frame import VideoFrame

MISMATCH = 12.0
"""Difference in levels that divides a pixel's weight by e where several land on one place."""
LEAST_WEIGHT = 1e-3
"""Weight of a pixel whose flow is entirely wrong."""
LEAST_COVER = 0.05
"""Sum of weights below which the flow is filled from the neighbourhood."""
FILL_SIGMA = 6.0
"""Standard deviation of the neighbourhood that a flow is filled from, pixels."""
LEAST_VISIBILITY = 0.02
"""Weight of a frame in the blend where nothing of it is visible."""
MINTERPOLATE = "mi_mode=mci:scd=none"
"""Options of FFmpeg's filter; its scene detection would answer with a copy."""
LEAST_SIDE = 32
"""Shorter side in pixels that every method here can work on; minterpolate's block search decides it."""

RATE = 25
"""Frames per second of the frames given to minterpolate; any would do."""
MIDDLE = 1.5 / RATE
"""Seconds from the start to half way between the second and the third frame."""

Samples = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Between = Callable[[Samples, Samples], Samples]
"""Two frames of one shape `(H, W, 3)`, RGB, to the one half way between them."""


@dataclass(frozen=True, slots=True)
class InterpolationMethod:
    """A method as the bench calls it."""

    name: str
    between: Between
    settings: str = ""
    """What was chosen, for the head of a report."""


def copy(first: Samples, last: Samples) -> Samples:
    """The first frame again."""
    return first.copy()


def blend(first: Samples, last: Samples) -> Samples:
    """The mean of both, halves rounded up."""
    return ((first.astype(np.uint16) + last + 1) // 2).astype(np.uint8)


def dis(first: Samples, last: Samples) -> Samples:
    """OpenCV's DIS flow (Kroeger et al., 2016), preset medium, splatted to the middle.

    Raises:
        UsageError: OpenCV is not installed.
    """
    forth, back = dis_flow(first, last), dis_flow(last, first)
    one, other = first.astype(np.float32), last.astype(np.float32)
    from_first, seen_first = _splat(forth, np.abs(one - _warp(other, forth)).mean(axis=2))
    from_last, seen_last = _splat(back, np.abs(other - _warp(one, back)).mean(axis=2))
    weight_first, weight_last = (seen[..., None] + LEAST_VISIBILITY for seen in (seen_first, seen_last))
    mixed = _warp(one, -0.5 * from_first) * weight_first + _warp(other, -0.5 * from_last) * weight_last
    return np.asarray(np.rint(mixed / (weight_first + weight_last)).clip(0, 255), dtype=np.uint8)


def dis_flow(first: Samples, last: Samples) -> Plane:
    """Where each pixel of the first frame goes: `(H, W, 2)`, pixels to the right and down.

    Raises:
        UsageError: OpenCV is not installed.
    """
    cv2 = opencv()
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, last)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    return np.asarray(flow, dtype=np.float32)


def minterpolate(first: Samples, last: Samples) -> Samples:
    """FFmpeg's motion-compensated interpolation.

    Raises:
        UsageError: the filter is not there.
        RestoreError: it made no frame.
    """
    reason = missing("minterpolate")
    if reason is not None:
        raise UsageError(f"minterpolate cannot run: {reason}")
    import av

    height, width = first.shape[:2]
    tick = Fraction(1, RATE)
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=tick),
        graph.add("format", "yuv444p"),
        graph.add("minterpolate", f"fps={2 * RATE}:{MINTERPOLATE}"),
        graph.add("format", "rgb24"),
        graph.add("buffersink"),
    ).configure()
    for number, image in enumerate((first, first, last, last, last, last)):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts, frame.time_base = number, tick
        graph.vpush(frame)
        for made in _ready(graph):
            if made.time == MIDDLE:
                return np.asarray(made.to_ndarray(format="rgb24"), dtype=np.uint8)
    raise RestoreError("FFmpeg's minterpolate made no frame; this is a bug in it, or in how it is called")


BASELINES: dict[str, InterpolationMethod] = {
    "copy": InterpolationMethod("copy", copy),
    "blend": InterpolationMethod("blend", blend),
    "dis": InterpolationMethod("dis", dis, "preset medium, both ways"),
    "minterpolate": InterpolationMethod("minterpolate", minterpolate, f"{MINTERPOLATE}, 4:4:4"),
}
"""By the names the command line and the reports use, in their order."""


def missing(name: str) -> str | None:
    """What an install lacks to run a baseline, for a message; None where it runs."""
    if name == "dis":
        try:
            opencv()
        except UsageError as error:
            return str(error)
    elif name == "minterpolate":
        try:
            import av.filter
        except ImportError:
            return "it needs PyAV; run: pip install av"
        if "minterpolate" not in av.filter.filters_available:
            return "this PyAV's FFmpeg was built without it"
    return None


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of the libraries behind the baselines that ran."""
    found: dict[str, str] = {}
    if "dis" in names:
        found["opencv"] = str(opencv().__version__)
    if "minterpolate" in names:
        import av

        found["av"] = av.__version__
        found["libavfilter"] = ".".join(map(str, av.library_versions["libavfilter"]))
    return found


def _ready(graph: "Graph") -> Iterator["VideoFrame"]:
    """The frames that a graph has made of what it was given so far."""
    import av

    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def _warp(image: Plane, flow: Plane) -> Plane:
    """An image `(H, W, C)` looked at where a flow `(H, W, 2)` points, its border repeated beyond."""
    cv2 = opencv()
    rows, columns = np.indices(flow.shape[:2], dtype=np.float32)
    seen = cv2.remap(
        image, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, dtype=np.float32)


def _splat(flow: Plane, mismatch: Plane) -> tuple[Plane, Plane]:
    """Carry a flow half its way, to the middle.

    Args:
        flow: `(H, W, 2)`, pixels.
        mismatch: `(H, W)`, how much the colour at the end of each pixel's way differs, levels.

    Returns:
        The flow seen from the middle `(H, W, 2)`, and how well each place is covered `(H, W)`, 0..1.
    """
    height, width = mismatch.shape
    confidence = np.exp(-mismatch / MISMATCH) + LEAST_WEIGHT
    rows, columns = np.indices((height, width), dtype=np.float32)
    x, y = columns + 0.5 * flow[..., 0], rows + 0.5 * flow[..., 1]
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    sums = np.zeros((3, height * width))
    for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        share = (1 - np.abs(x - column)) * (1 - np.abs(y - row)) * confidence
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        place = (row * width + column)[inside]
        for part, value in enumerate((flow[..., 0] * share, flow[..., 1] * share, share)):
            sums[part] += np.bincount(place, value[inside], height * width)
    landed = np.ascontiguousarray(sums.T.reshape(height, width, 3), dtype=np.float32)
    around = np.asarray(opencv().GaussianBlur(landed, (0, 0), FILL_SIGMA))
    own, filled = (part[..., :2] / (part[..., 2:] + 1e-6) for part in (landed, around))
    cover = landed[..., 2]
    return np.where(cover[..., None] > LEAST_COVER, own, filled), cover.clip(0, 1)
