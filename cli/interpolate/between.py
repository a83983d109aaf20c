"""`restore interpolate --between A B`: frames between two pictures, as pictures beside the first or as a clip.

Pictures keep their depth, transparency and metadata; the clip begins with A and ends with B.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.cli import outputs
from restore.cli.batch import Batch, Item
from restore.cli.console import Console
from restore.cli.interpolate.run import Network
from restore.cli.outputs import KEPT_SUFFIXES
from restore.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restore.images.picture import Picture
    from restore.video.write.encoding import Encoding

RATE = Fraction(25)
"""Frames per second of a clip, where nothing is said."""
CLIPS = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".gif"})


@dataclass(frozen=True, slots=True)
class Pair:
    """What is asked for."""

    first: Path
    second: Path
    number: int
    """Of frames to make."""
    rate: Fraction | None
    """Of a clip, per second."""
    encoding: "Encoding"
    effort: int | None

    @property
    def times(self) -> list[float]:
        """0 is the first picture, 1 the second; neither is among them."""
        return [step / (self.number + 1) for step in range(1, self.number + 1)]


def make_between(
    pair: Pair,
    output: str | None,
    network: Network,
    console: Console,
    *,
    force: bool = False,
    skip_existing: bool = False,
    dry_run: bool = False,
) -> None:
    """Make the frames and say where they are.

    Args:
        pair: what is asked for.
        output: the argument of `-o`: a folder, a picture if there is one frame, or a clip.
        network: the interpolator.
        console: where to.
        force: overwrite what exists.
        skip_existing: make nothing if all outputs exist.
        dry_run: only say what would be made.

    Raises:
        UsageError: names or pictures that do not fit.
        InputError: a picture cannot be read.
        WeightsError: no weights, or damaged ones.
        OutputError: an output cannot be written.
    """
    is_clip = output is not None and _means_clip(output, pair.number)
    paths = _planned(pair, output, is_clip=is_clip, force=force, skip_existing=skip_existing)
    batch = Batch(console, 1)
    names = [str(path) for path in paths]
    item = batch.item({"input": str(pair.first), "second": str(pair.second), "output": names})
    if dry_run:
        if console.json:
            console.record({**item.values, "status": "would do" if paths else "would skip"})
        for name in [] if console.json else names:
            console.out(f"{pair.first} and {pair.second} -> {name}")
        return
    if not paths:
        batch.skip(item)
        batch.close()
        return
    if batch.attempt(item, _make, pair, paths, network, batch, item, is_clip):
        for name in [] if console.json else names:
            console.out(name)
        batch.done(item, None)


def _means_clip(output: str, number: int) -> bool:
    suffix = Path(output).suffix.lower()
    return not outputs.means_folder(output) and (suffix in CLIPS or (suffix == ".webp" and number > 1))


def _planned(pair: Pair, output: str | None, *, is_clip: bool, force: bool, skip_existing: bool) -> list[Path]:
    """What will be written; nothing where all of it is there and left."""
    from restore.images.formats import output_format

    if output == "-":
        raise UsageError("-o -: name a file, a folder or a clip for the frames")
    for path in (pair.first, pair.second):
        if not path.exists():
            raise UsageError(f"{path}: no such file; check the name")
    if pair.rate is not None and not is_clip:
        raise UsageError("--rate is for a clip; name one with -o, such as -o out.mp4")
    if not is_clip and (pair.encoding.codec, pair.encoding.crf, pair.encoding.preset) != ("same", None, None):
        raise UsageError("--codec, --crf and --preset are for a clip; name one with -o, such as -o out.mp4")
    suffix = pair.first.suffix if pair.first.suffix.lower() in KEPT_SUFFIXES else ".png"
    target = output
    if output is not None and not is_clip and not outputs.means_folder(output):
        if not Path(output).suffix:
            target = f"{output}/"
        elif pair.number > 1:
            raise UsageError(f"-o {output}: one picture for {pair.number} frames; give a folder, such as -o frames/")
    digits = len(str(pair.number))
    tags = ["between"] if is_clip else [f"between{step:0{digits}d}" for step in range(1, pair.number + 1)]
    planned: list[outputs.Planned] = []
    for tag in tags:
        planned += outputs.plan(
            [pair.first],
            target,
            lambda path, tag=tag: outputs.default_name(path, tag, suffix),  # type: ignore[misc]
            inputs=[pair.first, pair.second],
            others=[one.path for one in planned],
            force=force,
            skip_existing=skip_existing,
        )
    for one in planned:
        if not is_clip:
            output_format(one.path)
    return [] if all(one.skip for one in planned) else [one.path for one in planned]


def _make(pair: Pair, paths: list[Path], network: Network, batch: Batch, item: Item, is_clip: bool) -> bool:
    from restore.cli import pictures
    from restore.images.reading import MAX_PIXELS

    note: Callable[[str], None] = lambda line: batch.note(item, line, once=True)  # noqa: E731
    first, second = (pictures.read(path, MAX_PIXELS) for path in (pair.first, pair.second))
    if (first.width, first.height) != (second.width, second.height):
        raise UsageError(
            f"{pair.second}: is {second.width} x {second.height} and {pair.first} {first.width} x {first.height}; "
            "the two must be of one size"
        )
    if first.metadata.icc != second.metadata.icc:
        note(f"the colour profiles differ; that of {pair.first} is written")
    item.values |= {"width": first.width, "height": first.height, "depth": max(first.depth, second.depth)}
    ends = _alike(first, second)
    if is_clip:
        _check_clip(pair, first, ends[0], paths[0])
    maker = batch.needed_by_all(item, network.load, batch.console)
    item.values["device"] = str(maker.device)
    made = maker.between(*ends, pair.times, effort=pair.effort)
    outputs.make_folder(paths[0])
    if is_clip:
        _write_clip(pair, first, [ends[0], *made, ends[1]], paths[0], note)
        return True
    grey = first.grey and second.grey
    for path, pixels in zip(paths, made, strict=True):
        picture = _picture(first, pixels, grey=grey)
        pictures.write(picture, path, batch.console, strip="none", quality=None, notify=note)
    return True


def _alike(first: "Picture", second: "Picture") -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """Both pictures' pixels, (H, W, 3) or with alpha (H, W, 4), at the greater depth of the two."""
    import numpy as np

    deep = max(first.depth, second.depth) == 16
    clear = first.alpha is not None or second.alpha is not None

    def pixels(picture: "Picture") -> "NDArray[Any]":
        found: NDArray[Any] = picture.colour
        if clear:
            alpha = picture.alpha
            if alpha is None:
                alpha = np.full(found.shape[:2], np.iinfo(found.dtype).max, found.dtype)
            found = np.dstack([found, alpha])
        return found.astype(np.uint16) * np.uint16(257) if deep and found.dtype == np.uint8 else found

    return pixels(first), pixels(second)


def _picture(first: "Picture", pixels: "NDArray[Any]", *, grey: bool) -> "Picture":
    """A made frame as a picture like the first one."""
    import numpy as np

    colour = np.ascontiguousarray(pixels[..., :3])
    if grey:
        mean = colour.mean(axis=2, keepdims=True)
        colour = np.repeat(np.rint(mean).astype(colour.dtype), 3, axis=2)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return replace(first, colour=colour, alpha=alpha, grey=grey)


def _info(pair: Pair, first: "Picture", pixels: "NDArray[Any]") -> Any:
    from restore.video.info import VideoInfo

    clear, deep = pixels.shape[2] == 4, pixels.dtype.itemsize == 2
    names = {(False, False): "rgb24", (True, False): "rgba", (False, True): "rgb48le", (True, True): "rgba64le"}
    rate = pair.rate or RATE
    return VideoInfo(
        width=first.width,
        height=first.height,
        rate=rate,
        container="folder",
        pixel_format=names[clear, deep],
        depth=16 if deep else 8,
        time_base=1 / rate,
        has_alpha=clear,
        icc=first.metadata.icc,
    )


def _check_clip(pair: Pair, first: "Picture", pixels: "NDArray[Any]", path: Path) -> None:
    """Refuse a clip that cannot be written, before the network loads."""
    from restore.video.write.encoding import container_of
    from restore.video.write.opening import check_target
    from restore.video.write.plan import plan_encoding

    info, rate = _info(pair, first, pixels), pair.rate or RATE
    if check_target(path, info, rate, pair.encoding) == "film":
        plan_encoding(pair.encoding, info, container_of(path), rate, lambda _line: None)


def _write_clip(
    pair: Pair, first: "Picture", frames: list["NDArray[Any]"], path: Path, note: Callable[[str], None]
) -> None:
    from restore.video.write.opening import open_writer

    rate = pair.rate or RATE
    with open_writer(path, _info(pair, first, frames[0]), rate, pair.encoding, notify=note) as writer:
        for index, pixels in enumerate(frames):
            writer.write(pixels, index / rate)
