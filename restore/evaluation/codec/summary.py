"""The summary of a codec bench: values at a few rates, margins over WebP, BD-rates, and costs.

Two averagings answer two questions, and a report shows both. The *curve of means* runs through the mean rate and the
mean PSNR over all pictures at each quality step, as in published comparisons; it also judges how a codec spreads bits
over pictures at one setting, and on pictures that differ much that can outweigh all else (JPEG 2000 against WebP on
twelve photographs: -27 % with steps of equal rate, +10 % with steps of equal PSNR). *By picture*, each picture has
curves of its own, and the mean is taken over the pictures' BD-rates and margins; how a codec numbers its qualities
then does not matter (-16 % both ways). All of it holds for the rates `low` to `high`.

BD-rates in MS-SSIM run over -10 log10(1 - MS-SSIM), of the mean MS-SSIM for the curve of means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from restore.evaluation.codec.rate_distortion import Curve, Margin, bd_rate, curve_through, least_margin
from restore.evaluation.codec.rows import PEAKS, CodecPoint, CodecRow, points_of
from restore.evaluation.ms_ssim import in_decibels
from restore.evaluation.tables import groups_of, mean_known, peaks_of

JPEG, WEBP = "jpeg", "webp"
REFERENCES = (JPEG, WEBP)
"""The codecs that BD-rates are taken against."""
MARGIN_OVER = WEBP
"""The codec that PSNR margins are taken over."""


@dataclass(frozen=True, slots=True)
class Saving:
    """BD-rates of one codec against another, percent; negative is fewer bits. None where no value is shared."""

    psnr: float | None
    """On the curve of means."""
    ms_ssim: float | None
    """On the curve of means."""
    psnr_by_picture: float | None
    """Mean over the pictures whose own curves share values."""
    ms_ssim_by_picture: float | None
    """Mean over those pictures, in MS-SSIM."""
    pictures: int
    """How many pictures those two means are over."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One codec over all pictures."""

    method: str
    bpp_from: float
    """Where its curve of means begins, bits per pixel."""
    bpp_to: float
    """Where its curve of means ends, bits per pixel."""
    psnr_at: dict[str, float | None]
    """Rate as text to PSNR on the curve of means, dB; None beyond its ends."""
    ms_ssim_at: dict[str, float | None]
    """Rate as text to MS-SSIM on the curve of means; None beyond its ends."""
    perceptual_at: dict[str, float | None]
    """Rate as text to perceptual distance on the curve of means; None beyond its ends or without a network."""
    margin_at: dict[str, float | None]
    """PSNR over WebP's at the same rate on the curves of means, dB; None when WebP did not run."""
    margin_at_by_picture: dict[str, float | None]
    """Mean over the pictures whose own curves both reach that rate, dB."""
    least_margin: Margin | None
    """The least of that margin over the range: above zero, the curve is never below WebP's."""
    savings: dict[str, Saving]
    """Reference to BD-rates; empty for a reference that did not run."""
    encode_seconds_per_mp: float
    """Mean over the quality steps inside the range, or all where none is."""
    decode_seconds_per_mp: float
    """Mean over those quality steps."""
    encode_memory: float | None
    """Largest peak while encoding, MiB."""
    decode_memory: float | None
    """Largest peak while decoding, MiB."""
    device_memory: float | None
    """Largest peak of CUDA memory, MiB."""


def summarise(rows: Sequence[CodecRow], rates: Sequence[float], low: float, high: float) -> list[Summary]:
    """One summary per codec, in the order of the rows.

    Args:
        rows: every codec on every picture at every step.
        rates: bits per pixel to read values at.
        low: least rate of BD-rates and margins, bits per pixel.
        high: largest rate of BD-rates and margins, bits per pixel.
    """
    points = groups_of(points_of(rows), lambda point: point.method)
    pictures = {
        method: groups_of(group, lambda row: row.picture)
        for method, group in groups_of(rows, lambda row: row.method).items()
    }
    curves = {method: psnr_curve(group) for method, group in points.items()}
    over = curves.get(MARGIN_OVER)
    found = []
    for method, group in points.items():
        curve = curves[method]
        inside = [point for point in group if low <= point.bpp <= high] or group
        found.append(
            Summary(
                method=method,
                bpp_from=curve.rates[0],
                bpp_to=curve.rates[-1],
                psnr_at=_read(curve, rates),
                ms_ssim_at=_read(_curve(group, lambda item: item.ms_ssim), rates),
                perceptual_at=_perceptual_at(group, rates),
                margin_at={f"{rate:g}": _difference(curve, over, rate) for rate in rates},
                margin_at_by_picture=_margins_by_picture(pictures[method], pictures.get(MARGIN_OVER), rates),
                least_margin=None if over is None else least_margin(curve, over, low, high),
                savings={
                    reference: _saving(points, pictures, method, reference, low, high)
                    for reference in REFERENCES
                    if reference in points
                },
                encode_seconds_per_mp=fmean(point.encode_seconds_per_mp for point in inside),
                decode_seconds_per_mp=fmean(point.decode_seconds_per_mp for point in inside),
                **peaks_of(group, PEAKS),
            )
        )
    return found


def psnr_curve(items: Sequence[CodecRow] | Sequence[CodecPoint]) -> Curve:
    """PSNR in dB over bits per pixel."""
    return _curve(items, lambda item: item.psnr)


def ms_ssim_curve(items: Sequence[CodecRow] | Sequence[CodecPoint]) -> Curve:
    """MS-SSIM in dB over bits per pixel."""
    return _curve(items, lambda item: in_decibels(item.ms_ssim))


def _curve(items: Sequence[CodecRow] | Sequence[CodecPoint], value: Callable[[CodecRow | CodecPoint], float]) -> Curve:
    return curve_through((item.bpp, value(item)) for item in items)


def _read(curve: Curve, rates: Sequence[float]) -> dict[str, float | None]:
    return {f"{rate:g}": curve.at(rate) for rate in rates}


def _perceptual_at(group: Sequence[CodecPoint], rates: Sequence[float]) -> dict[str, float | None]:
    if mean_known(point.perceptual for point in group) is None:
        return {f"{rate:g}": None for rate in rates}
    falling = _read(_curve(group, lambda item: -(item.perceptual or 0.0)), rates)
    return {rate: None if value is None else -value for rate, value in falling.items()}


def _difference(curve: Curve, other: Curve | None, rate: float) -> float | None:
    here, there = curve.at(rate), None if other is None else other.at(rate)
    return None if here is None or there is None else here - there


def _margins_by_picture(
    pictures: dict[str, list[CodecRow]], over: dict[str, list[CodecRow]] | None, rates: Sequence[float]
) -> dict[str, float | None]:
    pairs = [] if over is None else [(psnr_curve(rows), psnr_curve(over[name])) for name, rows in pictures.items()]
    found: dict[str, float | None] = {}
    for rate in rates:
        margins = [_difference(curve, other, rate) for curve, other in pairs]
        known = [margin for margin in margins if margin is not None]
        found[f"{rate:g}"] = fmean(known) if known else None
    return found


def _saving(
    points: dict[str, list[CodecPoint]],
    pictures: dict[str, dict[str, list[CodecRow]]],
    method: str,
    reference: str,
    low: float,
    high: float,
) -> Saving:
    single = [
        (
            bd_rate(psnr_curve(rows), psnr_curve(pictures[reference][name]), low, high),
            bd_rate(ms_ssim_curve(rows), ms_ssim_curve(pictures[reference][name]), low, high),
        )
        for name, rows in pictures[method].items()
    ]
    both = [(psnr, ms_ssim) for psnr, ms_ssim in single if psnr is not None and ms_ssim is not None]
    return Saving(
        psnr=bd_rate(psnr_curve(points[method]), psnr_curve(points[reference]), low, high),
        ms_ssim=bd_rate(ms_ssim_curve(points[method]), ms_ssim_curve(points[reference]), low, high),
        psnr_by_picture=fmean(psnr for psnr, _ in both) if both else None,
        ms_ssim_by_picture=fmean(ms_ssim for _, ms_ssim in both) if both else None,
        pictures=len(both),
    )
