"""`restore interpolate --between A B`: frames between two pictures, as pictures beside the first or as a clip.

    two pictures ── one depth, alpha in both or none ── FrameInterpolator.between ── pictures, or a clip with both

Pictures keep their depth, transparency and metadata; the clip begins with A and ends with B.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.cli import outputs
from restore.cli.batch import Batch, Item
from restore.cli.console import Console
from restore.cli.interpolate.steps import LazyInterpolator
from restore.cli.outputs import KEPT_SUFFIXES
from restore.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restore.images.picture import Picture
    from restore.video.info import VideoInfo
    from restore.video.write.encoding import Encoding

RATE = Fraction(25)
"""Frames per second of a clip, unless `--rate` is given."""
CLIP_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".gif"})
"""Endings of outputs that are clips; `.webp` is one too where there are several frames."""


@dataclass(frozen=True, slots=True)
class BetweenRequest:
    """The frames to be made between two pictures."""

    first: Path
    second: Path
    number: int
    """How many frames."""
    rate: Fraction | None
    """Frames per second of a clip."""
    encoding: "Encoding"
    effort: int | None

    @property
    def times(self) -> list[float]:
        """Times of the frames: 0 is the first picture, 1 the second; neither is among them."""
        return [step / (self.number + 1) for step in range(1, self.number + 1)]


@dataclass(frozen=True, slots=True)
class BetweenPlan:
    """Where the frames go.

    Attributes:
        paths: one per frame, or the clip; empty where all of it exists and is left as it is.
        is_clip: whether the frames become a clip.
    """

    paths: list[Path]
    is_clip: bool


def make_between(
    request: BetweenRequest,
    output: str | None,
    network: LazyInterpolator,
    console: Console,
    *,
    force: bool = False,
    skip_existing: bool = False,
    dry_run: bool = False,
) -> None:
    """Make the frames and print their paths.

    Args:
        request: the frames to be made.
        output: the argument of `-o`: a folder, a picture if there is one frame, or a clip.
        network: the interpolator.
        console: where notes and results go.
        force: overwrite what exists.
        skip_existing: make nothing if all outputs exist.
        dry_run: only print what would be made.

    Raises:
        UsageError: names or pictures that do not fit.
        InputError: a picture cannot be read.
        WeightsError: no weights, or damaged ones.
        OutputError: an output cannot be written.
    """
    plan = plan_between(request, output, force=force, skip_existing=skip_existing)
    batch = Batch(console, 1)
    names = [str(path) for path in plan.paths]
    item = batch.item({"input": str(request.first), "second": str(request.second), "output": names})
    if dry_run:
        if console.json:
            console.record({**item.values, "status": "would do" if names else "would skip"})
        for name in [] if console.json else names:
            console.out(f"{request.first} and {request.second} -> {name}")
        return
    if not names:
        batch.skip(item)
        batch.close()
        return
    batch.attempt(item, _make, request, plan, network, item)
    for name in [] if console.json else names:
        console.out(name)
    batch.done(item, [])


def plan_between(request: BetweenRequest, output: str | None, *, force: bool, skip_existing: bool) -> BetweenPlan:
    """Name every output, or refuse it.

    Raises:
        UsageError: a picture that is not there, options of a clip where none is made, outputs that exist.
        OutputError: a folder that is missing or cannot be written.
    """
    from restore.images.formats import output_format

    if output == "-":
        raise UsageError("-o -: name a file, a folder or a clip for the frames")
    for path in (request.first, request.second):
        if not path.exists():
            raise UsageError(f"{path}: no such file; check the name")
    is_clip = output is not None and _means_clip(output, request.number)
    if request.rate is not None and not is_clip:
        raise UsageError("--rate is for a clip; name one with -o, such as -o out.mp4")
    if not is_clip and (request.encoding.codec, request.encoding.crf, request.encoding.preset) != ("same", None, None):
        raise UsageError("--codec, --crf and --preset are for a clip; name one with -o, such as -o out.mp4")
    suffix = request.first.suffix if request.first.suffix.lower() in KEPT_SUFFIXES else ".png"
    target = output
    if output is not None and not is_clip and not outputs.means_folder(output):
        if not Path(output).suffix:
            target = f"{output}/"
        elif request.number > 1:
            raise UsageError(f"-o {output}: one picture for {request.number} frames; give a folder, such as -o frames/")
    digits = len(str(request.number))
    tags = ["between"] if is_clip else [f"between{step:0{digits}d}" for step in range(1, request.number + 1)]
    planned: list[outputs.Planned] = []
    for tag in tags:
        planned += outputs.plan(
            [request.first],
            target,
            lambda path, tag=tag: outputs.default_name(path, tag, suffix),  # type: ignore[misc]
            inputs=[request.first, request.second],
            others=[one.path for one in planned],
            force=force,
            skip_existing=skip_existing,
        )
    for one in planned:
        if not is_clip:
            output_format(one.path)
    return BetweenPlan([] if all(one.skip for one in planned) else [one.path for one in planned], is_clip)


def _means_clip(output: str, number: int) -> bool:
    suffix = Path(output).suffix.lower()
    return not outputs.means_folder(output) and (suffix in CLIP_SUFFIXES or (suffix == ".webp" and number > 1))


def _make(request: BetweenRequest, plan: BetweenPlan, network: LazyInterpolator, item: Item) -> None:
    """Read the pictures, make the frames and write them."""
    from restore.cli import pictures

    first, second = _read(request, item)
    item.values |= {"width": first.width, "height": first.height, "depth": max(first.depth, second.depth)}
    ends = _alike(first, second)
    if plan.is_clip:
        _check_clip(request, first, ends[0], plan.paths[0])
    console = item.batch.console
    interpolator = item.batch.needed_by_all(item, network.load, console)
    item.values["device"] = str(interpolator.device)
    made = interpolator.between(*ends, request.times, effort=request.effort)
    outputs.make_folder(plan.paths[0])
    if plan.is_clip:
        _write_clip(request, first, [ends[0], *made, ends[1]], plan.paths[0], item)
        return
    grey = first.grey and second.grey
    for path, pixels in zip(plan.paths, made, strict=True):
        picture = _picture(first, pixels, grey=grey)
        pictures.write(picture, path, console, strip="none", quality=None, notify=item.note_once)


def _read(request: BetweenRequest, item: Item) -> tuple["Picture", "Picture"]:
    """Both pictures, of one size."""
    from restore.cli import pictures
    from restore.images.reading import MAX_PIXELS

    first, second = (pictures.read(path, MAX_PIXELS) for path in (request.first, request.second))
    if (first.width, first.height) != (second.width, second.height):
        sizes = [f"{picture.width} x {picture.height}" for picture in (first, second)]
        raise UsageError(f"{request.second}: is {sizes[1]} and {request.first} {sizes[0]}; the two must be of one size")
    if first.metadata.icc != second.metadata.icc:
        item.note_once(f"the colour profiles differ; that of {request.first} is written")
    return first, second


def _alike(first: "Picture", second: "Picture") -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """Both pictures' pixels, (H, W, 3) or with alpha (H, W, 4), at the greater depth of the two."""
    import numpy as np

    deep = max(first.depth, second.depth) == 16
    with_alpha = first.alpha is not None or second.alpha is not None

    def pixels(picture: "Picture") -> "NDArray[Any]":
        found: NDArray[Any] = picture.colour
        if with_alpha:
            alpha = picture.alpha
            if alpha is None:
                alpha = np.full(found.shape[:2], np.iinfo(found.dtype).max, found.dtype)
            found = np.dstack([found, alpha])
        return found.astype(np.uint16) * np.uint16(257) if deep and found.dtype == np.uint8 else found

    return pixels(first), pixels(second)


def _picture(first: "Picture", pixels: "NDArray[Any]", *, grey: bool) -> "Picture":
    """A made frame as a picture with the first one's metadata."""
    import numpy as np

    colour = np.ascontiguousarray(pixels[..., :3])
    if grey:
        mean = colour.mean(axis=2, keepdims=True)
        colour = np.repeat(np.rint(mean).astype(colour.dtype), 3, axis=2)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return replace(first, colour=colour, alpha=alpha, grey=grey)


def _clip_info(request: BetweenRequest, first: "Picture", pixels: "NDArray[Any]") -> "VideoInfo":
    """The properties of a clip of such frames, as if its source were a folder of pictures."""
    from restore.video.info import VideoInfo

    has_alpha, deep = pixels.shape[2] == 4, pixels.dtype.itemsize == 2
    formats = {(False, False): "rgb24", (True, False): "rgba", (False, True): "rgb48le", (True, True): "rgba64le"}
    rate = request.rate or RATE
    return VideoInfo(
        width=first.width,
        height=first.height,
        rate=rate,
        container="folder",
        pixel_format=formats[has_alpha, deep],
        depth=16 if deep else 8,
        time_base=1 / rate,
        has_alpha=has_alpha,
        icc=first.metadata.icc,
    )


def _check_clip(request: BetweenRequest, first: "Picture", pixels: "NDArray[Any]", path: Path) -> None:
    """Refuse a clip that cannot be written, before the network loads."""
    from restore.video.write.opening import plan_target

    plan_target(path, _clip_info(request, first, pixels), request.rate or RATE, request.encoding)


def _write_clip(
    request: BetweenRequest, first: "Picture", frames: list["NDArray[Any]"], path: Path, item: Item
) -> None:
    from restore.video.write.opening import open_writer

    info, rate = _clip_info(request, first, frames[0]), request.rate or RATE
    with open_writer(path, info, rate, request.encoding, notify=item.note_once) as writer:
        for index, pixels in enumerate(frames):
            writer.write(pixels, index / rate)
