"""Our image codec beside what a user would pick instead, in one run, on the same pictures.

Every codec gets the whole picture (or its centre, where a size is named) as 8-bit RGB at each of its quality steps,
gives the bytes of a file and reads them back: rates are those files' sizes, headers and checksums included, and the
figures are of what was read back, never of a network's own estimate. Each call's time and memory are taken as it runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from restore.devices import pick_device
from restore.errors import RestoreError, UsageError
from restore.evaluation.codec.methods import Codec, choose_methods, contestant, is_ours, left_out
from restore.evaluation.codec.plot import plot_points
from restore.evaluation.codec.report import Point, Row, points_of, write_csv
from restore.evaluation.codec.rivals import Contestant, library_versions
from restore.evaluation.codec.sheet import write_sheet
from restore.evaluation.codec.summary import Summary, summarise
from restore.evaluation.codec.tables import format_tables
from restore.evaluation.lossy_sources import is_lossy, lossy_warning
from restore.evaluation.measure import describe_device, measure, settled
from restore.evaluation.metrics import psnr
from restore.evaluation.ms_ssim import FULL_SIDE, SIDE, ms_ssim, scales_of
from restore.evaluation.perceptual import LEAST_SIDE, Judge
from restore.evaluation.pictures import find_pictures, read_whole

STEPS = 11
"""Quality steps of every codec, unless more or fewer are asked for."""
LEAST_STEPS = 4
"""Fewer points do not make a curve."""
RATES = (0.25, 0.5, 1.0)
"""Bits per pixel at which the curves are read."""
RANGE = (0.15, 1.5)
"""Bits per pixel that BD-rates and margins are taken over."""
SHEET_RATE = 0.3
"""Bits per pixel of the sheet's files."""
SHEET_ROOM = 6
"""How many pictures, spread evenly, a result keeps for its sheet."""
WARM_UP_SIDE = 64
"""Corner in pixels that a rival is called on once, untimed."""

Samples = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a reader has to know to judge or repeat the figures."""

    pictures: int
    megapixels: float
    """Of all pictures together."""
    size: int | None
    """Largest side of the centre crops, px; None for whole pictures."""
    steps: int
    rates: tuple[float, ...]
    """Bits per pixel at which the curves are read."""
    low: float
    """Least rate of BD-rates and margins, bits per pixel."""
    high: float
    """Largest rate of them."""
    lossy: int
    """How many pictures came from lossy files."""
    weights: str | None
    """None when our codec did not run."""
    perceptual: bool
    device: str
    """Where our codec ran; the others run on the CPU."""
    processor: str
    settings: dict[str, str]
    """Codec to what was chosen for it besides quality."""
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class CodecBench:
    """Everything a codec bench measured."""

    rows: list[Row]
    conditions: Conditions
    codecs: list[Contestant]
    examples: list[tuple[str, Samples]]
    """Pictures kept for a sheet."""
    notes: list[str]
    """What a reader should be told, such as lossy inputs."""

    def points(self) -> list[Point]:
        """Means per codec and quality step."""
        return points_of(self.rows)

    def summaries(self) -> list[Summary]:
        """Each codec's values at the rates, margins, BD-rates and costs."""
        facts = self.conditions
        return summarise(self.rows, facts.rates, facts.low, facts.high)

    def text(self) -> str:
        """The tables for a terminal, with the conditions above them and the notes below."""
        facts = self.conditions
        versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
        settings = "; ".join(f"{name}: {words}" for name, words in facts.settings.items() if words)
        head = f"{_count(facts)}, {facts.steps} quality steps; device {facts.device}; {versions}"
        foot = [
            "the curve of means runs through mean bpp and mean PSNR (MS-SSIM) over all pictures at each quality step;",
            "by pic.: mean over pictures of what each picture's own curves give; a dash: a curve does not reach there",
        ]
        if any(one.name == "jpeg2000" for one in self.codecs):
            foot.append(
                "jpeg2000's steps are rates, equal for every picture, which lifts its curve of means: see by pic."
            )
        tables = format_tables(self.summaries(), facts.rates, facts.low, facts.high)
        return "\n".join([head, *([settings] if settings else []), "", tables, "", *foot, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Conditions, summaries, points and rows as plain values."""
        return {
            "conditions": asdict(self.conditions),
            "summaries": [asdict(summary) for summary in self.summaries()],
            "points": [asdict(point) for point in self.points()],
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def write_csv(self, path: Path) -> None:
        """One line per picture, codec and step, then the means. Raises OutputError."""
        write_csv(self.rows, path)

    def write_plot(self, path: Path) -> None:
        """The curves of means. Raises UsageError (no matplotlib, a suffix of no picture) and OutputError."""
        facts = self.conditions
        plot_points(self.points(), facts.low, facts.high, f"{_count(facts)}, {facts.steps} quality steps", path)

    def write_sheet(self, path: Path, n: int = 4, bpp: float = SHEET_RATE) -> None:
        """Crops of up to `n` pictures from every codec's file of about `bpp`; encodes them anew.

        Raises:
            UsageError: a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        kept = len(self.examples)
        chosen = range(kept) if n >= kept else [place * kept // n for place in range(n)]
        write_sheet([self.examples[place] for place in chosen], self.codecs, bpp, path)


@settled()
def bench_codec(  # noqa: PLR0913 - the request of a whole command
    data: Path,
    *,
    methods: Sequence[str] | None = None,
    steps: int = STEPS,
    rates: Sequence[float] = RATES,
    span: tuple[float, float] = RANGE,
    size: int | None = None,
    limit: int | None = None,
    weights: str | Path = "codec",
    device: str = "auto",
    perceptual: str | None = None,
    codec: Codec | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CodecBench:
    """Measure codecs side by side.

    Args:
        data: a folder of pictures, or one picture.
        methods: names out of `METHODS`, `restore@2` for one effort; None is `restore` and every rival that is there.
        steps: quality steps of every codec.
        rates: bits per pixel at which the curves are read.
        span: least and largest bits per pixel of BD-rates and margins.
        size: measure only the centre of at most so many pixels a side.
        limit: only the first so many pictures by name.
        weights: name or path of our weights.
        device: where our codec and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves those columns empty.
        codec: a codec to measure as `restore` instead of `weights`.
        progress: told (runs done, runs in all) after each codec on each picture and step.

    Raises:
        UsageError: an unknown method or one this install lacks, a bad range, no picture or only too small ones, an
            unavailable device.
        InputError: a picture cannot be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = choose_methods(methods, weights, codec)
    _check(steps, rates, span, size, limit)
    files = find_pictures(data)[:limit]
    place = pick_device(device)
    codecs = [contestant(name, weights, device, codec) for name in names]
    judge = None if perceptual is None else Judge(perceptual, place)
    least = SIDE if judge is None else LEAST_SIDE
    notes = left_out(names, weights) if methods is None else []
    ladders = [one.steps(steps) for one in codecs]
    runs = sum(len(ladder) for ladder in ladders)
    kept = {index * len(files) // SHEET_ROOM for index in range(SHEET_ROOM)}
    rows: list[Row] = []
    lossy: list[Path] = []
    examples: list[tuple[str, Samples]] = []
    for index, file in enumerate(files):
        original = read_whole(file, size)
        side = min(original.shape[:2])
        if side < least:
            notes.append(f"{file.name} is left out: its shorter side has {side} px, the metrics need {least}")
            continue
        if side < FULL_SIDE:
            scales = scales_of(*original.shape[:2])
            notes.append(f"{file.name}: MS-SSIM on {scales} scales instead of 5, its shorter side has {side} px")
        if not rows:
            _warm_up(codecs, original)
        if judge is not None:
            judge.look_at(original)
        if is_lossy(file):
            lossy.append(file)
        if index in kept:
            examples.append((file.name, original))
        done = 0
        for one, ladder in zip(codecs, ladders, strict=True):
            for step, quality in enumerate(ladder):
                rows.append(_run(one, step, quality, file.name, original, place, judge))
                done += 1
                if progress is not None:
                    progress(index * runs + done, len(files) * runs)
    if not rows:
        raise UsageError(f"{data}: no picture has {least} px on its shorter side, which the metrics need")
    measured = len(rows) // runs
    warning = lossy_warning(lossy, measured)
    conditions = Conditions(
        pictures=measured,
        megapixels=sum(row.megapixels for row in rows) / runs,
        size=size,
        steps=steps,
        rates=tuple(rates),
        low=span[0],
        high=span[1],
        lossy=len(lossy),
        weights=str(weights) if any(is_ours(name) for name in names) else None,
        perceptual=judge is not None,
        device=f"{place} ({describe_device(place)})",
        processor=describe_device(torch.device("cpu")),
        settings={one.name: one.settings for one in codecs},
        versions={"torch": str(torch.__version__), **library_versions(names)},
    )
    return CodecBench(rows, conditions, codecs, examples, notes + ([warning] if warning else []))


def _run(
    codec: Contestant,
    step: int,
    quality: float,
    name: str,
    original: Samples,
    device: torch.device,
    judge: Judge | None,
) -> Row:
    """Encode, decode and measure one codec on one picture at one step."""
    height, width = original.shape[:2]
    encoding = measure(lambda: codec.encode(original, quality), device=device)
    decoding = measure(lambda: codec.decode(encoding.result), device=device)
    decoded = decoding.result
    if decoded.shape != original.shape:
        raise RestoreError(f"{name}: {codec.name} gave {decoded.shape} back for {original.shape}; this is a bug in it")
    return Row(
        picture=name,
        width=width,
        height=height,
        method=codec.name,
        step=step,
        quality=quality,
        bytes=len(encoding.result),
        bpp=len(encoding.result) * 8 / (width * height),
        psnr=psnr(original, decoded),
        ms_ssim=ms_ssim(original, decoded),
        perceptual=None if judge is None else judge.distance(decoded),
        encode_seconds=encoding.seconds,
        decode_seconds=decoding.seconds,
        encode_memory=encoding.memory,
        decode_memory=decoding.memory,
        device_memory=_dearer(encoding.device_memory, decoding.device_memory),
    )


def _dearer(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else max(first, second)


def _count(facts: Conditions) -> str:
    pictures = "1 picture" if facts.pictures == 1 else f"{facts.pictures} pictures"
    crop = "" if facts.size is None else f", centre {facts.size} px"
    return f"{pictures}{crop}, {facts.megapixels:.2f} megapixels"


def _check(steps: int, rates: Sequence[float], span: tuple[float, float], size: int | None, limit: int | None) -> None:
    if steps < LEAST_STEPS:
        raise UsageError(f"a curve needs at least {LEAST_STEPS} quality steps, got {steps}")
    if not rates or not all(rate > 0 for rate in rates):
        raise UsageError(f"rates are above 0 bits per pixel, got {', '.join(map(str, rates)) or 'none'}")
    if not 0 < span[0] < span[1]:
        raise UsageError(f"a range is two rising numbers of bits per pixel, got {span[0]:g} to {span[1]:g}")
    if size is not None and size < SIDE:
        raise UsageError(f"the metrics need at least {SIDE} px, got a size of {size}")
    if limit is not None and limit < 1:
        raise UsageError(f"a limit is at least one picture, got {limit}")


def _warm_up(codecs: Sequence[Contestant], original: Samples) -> None:
    """One untimed call per codec, so that late imports and first-call set-up are nobody's time.

    Our codec sees the real size, because CUDA chooses its kernels by size; a corner is enough for the others.
    """
    for codec in codecs:
        sample = original if is_ours(codec.name) else np.ascontiguousarray(original[:WARM_UP_SIDE, :WARM_UP_SIDE])
        codec.decode(codec.encode(sample, codec.ladder[len(codec.ladder) // 2]))
