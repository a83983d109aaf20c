"""Measure codecs side by side, in one run, on the same pictures.

    names -- codecs at quality steps; DATA -- pictures -- encode, decode, measure -- rows, examples -- CodecReport

Every codec gets the whole picture (or its centre, where a size is named) as 8-bit RGB at each of its quality steps,
gives the bytes of a file and reads them back: rates are those files' sizes, headers and checksums included, and the
figures are of what was read back, never of a network's own estimate. Each call's time and memory are taken as it runs.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from restore.callbacks import ProgressCallback
from restore.devices import pick_device
from restore.errors import RestoreError, UsageError
from restore.evaluation.codec.baselines import CodecMethod, library_versions
from restore.evaluation.codec.methods import METHODS, Codec, codecs_of
from restore.evaluation.codec.report import CodecConditions, CodecReport
from restore.evaluation.codec.rows import CodecRow
from restore.evaluation.conditions import machine
from restore.evaluation.lossy_sources import is_lossy, lossy_warning
from restore.evaluation.measure import frozen_collector, measure
from restore.evaluation.metrics import psnr
from restore.evaluation.ms_ssim import FULL_SIDE, SIDE, ms_ssim, scales_of
from restore.evaluation.pictures import find_pictures, read_whole
from restore.evaluation.running import RunCounter, warm_up_sample
from restore.evaluation.sheets import Samples, evenly_spaced
from restore.evaluation.tables import largest
from restore.models.perceptual import LEAST_SIDE, PerceptualReference

STEPS = 11
"""Quality steps of every codec, unless more or fewer are asked for."""
LEAST_STEPS = 4
"""Fewer points do not make a curve."""
RATES = (0.25, 0.5, 1.0)
"""Bits per pixel at which the curves are read."""
RANGE = (0.15, 1.5)
"""Bits per pixel that BD-rates and margins are taken over."""
EXAMPLES = 6
"""How many pictures, evenly spaced, a report keeps for its sheet."""


@frozen_collector()
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
    on_progress: ProgressCallback | None = None,
) -> CodecReport:
    """Measure codecs side by side.

    Args:
        data: a folder of pictures, or one picture.
        methods: names out of `METHODS`, `restore@2` for an effort; None is `restore` and every baseline that runs here.
        steps: quality steps of every codec.
        rates: bits per pixel at which the curves are read.
        span: least and largest bits per pixel of BD-rates and margins.
        size: measure only the centre of at most so many pixels a side.
        limit: only the first so many pictures by name.
        weights: name or path of our weights.
        device: where our codec and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves those columns empty.
        codec: a codec to measure as `restore` instead of `weights`.
        on_progress: called with (runs done, runs in all) after each codec on each picture and step.

    Raises:
        UsageError: an unknown method or one this install lacks, a bad range, no picture or only too small ones, an
            unavailable device.
        InputError: a picture cannot be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = METHODS.choose(methods, weights, given=codec is not None)
    _check(steps, rates, span, size, limit)
    files = find_pictures(data)[:limit]
    place = pick_device(device)
    codecs = codecs_of(names, weights, device, codec)
    reference = None if perceptual is None else PerceptualReference(perceptual, place)
    least = SIDE if reference is None else LEAST_SIDE
    notes = METHODS.left_out(names, weights) if methods is None else []
    runs = [(one, step, quality) for one in codecs for step, quality in enumerate(one.steps(steps))]
    counter = RunCounter(len(files) * len(runs), on_progress)
    kept = evenly_spaced(len(files), EXAMPLES)
    rows: list[CodecRow] = []
    lossy: list[Path] = []
    examples: list[tuple[str, Samples]] = []
    for index, file in enumerate(files):
        counter.skip_to(index * len(runs))
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
        if reference is not None:
            reference.set_original(original)
        if is_lossy(file):
            lossy.append(file)
        if index in kept:
            examples.append((file.name, original))
        for one, step, quality in runs:
            rows.append(_run(one, step, quality, file.name, original, place, reference))
            counter.count()
    if not rows:
        raise UsageError(f"{data}: no picture has {least} px on its shorter side, which the metrics need")
    measured = len(rows) // len(runs)
    warning = lossy_warning(lossy, measured)
    conditions = CodecConditions(
        pictures=measured,
        megapixels=sum(row.megapixels for row in rows) / len(runs),
        size=size,
        steps=steps,
        rates=tuple(rates),
        low=span[0],
        high=span[1],
        lossy=len(lossy),
        weights=METHODS.weights_of(names, weights),
        perceptual=reference is not None,
        settings={one.name: one.settings for one in codecs},
        versions={"torch": str(torch.__version__), **library_versions(names)},
        **machine(place),
    )
    return CodecReport(rows, conditions, codecs, examples, notes + ([warning] if warning else []))


def _run(
    codec: CodecMethod,
    step: int,
    quality: float,
    name: str,
    original: Samples,
    device: torch.device,
    reference: PerceptualReference | None,
) -> CodecRow:
    """Encode, decode and measure one codec on one picture at one step."""
    height, width = original.shape[:2]
    encoding = measure(lambda: codec.encode(original, quality), device=device)
    decoding = measure(lambda: codec.decode(encoding.result), device=device)
    decoded = decoding.result
    if decoded.shape != original.shape:
        raise RestoreError(f"{name}: {codec.name} gave {decoded.shape} back for {original.shape}; this is a bug in it")
    return CodecRow(
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
        perceptual=None if reference is None else reference.distance(decoded),
        encode_seconds=encoding.seconds,
        decode_seconds=decoding.seconds,
        encode_memory=encoding.memory,
        decode_memory=decoding.memory,
        device_memory=largest([encoding.device_memory, decoding.device_memory]),
    )


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


def _warm_up(codecs: Sequence[CodecMethod], original: Samples) -> None:
    """Call every codec once, untimed."""
    for codec in codecs:
        sample = warm_up_sample(original, whole=METHODS.is_ours(codec.name))
        codec.decode(codec.encode(sample, codec.qualities[len(codec.qualities) // 2]))
