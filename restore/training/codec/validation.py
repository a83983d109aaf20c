"""Validation of the codec while it trains: estimated rate against quality on held-out crops, WebP beside it.

The bench measures real files; this gives a curve within seconds.
"""

import io
import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from restore.codecs.network.vae import VAE
from restore.training.engine.sheets import to_bytes, write_sheet
from restore.training.photos import decode_photo, strided

SIDE = 512
"""Side in pixels of the largest validation crop."""
MOST = 12
"""Held-out pictures used."""
QUALITIES = (10.0, 25.0, 40.0, 55.0, 70.0, 85.0)
WEBP_QUALITIES = (5, 20, 40, 60, 75, 85, 92, 96)
RATES = (0.25, 0.5, 1.0)
"""Bits per pixel at which curves are compared."""
SHOWN = 3
"""Rows of the sheet."""


class CodecValidation:
    """Fixed crops, and WebP's curve on them.

    Args:
        photos: held-out files, best lossless ones.
    """

    def __init__(self, photos: list[Path]) -> None:
        self.crops = [_crop(decode_photo(path)) for path in strided(photos, MOST)]
        points = [[_webp(crop, quality) for crop in self.crops] for quality in WEBP_QUALITIES]
        self.webp = [_mean_point(row) for row in points]

    @torch.no_grad()
    def run(self, vae: VAE, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Measure the network in evaluation mode, and show some crops in a sheet.

        Returns:
            "psnr@R" at each of `RATES` bits per pixel by estimated rate, in dB, "webp@R" the margin over WebP,
            "best" the PSNR at quality 100.

        Raises:
            OutputError: the sheet cannot be written.
        """
        was_training = vae.training
        vae.eval()
        points, rows = [], []
        for quality in QUALITIES:
            measured = []
            for index, crop in enumerate(self.crops):
                bpp, psnr, shown = _measure(vae, crop, quality, device)
                measured.append((bpp, psnr))
                if index < SHOWN and quality == QUALITIES[1]:
                    rows.append(np.concatenate([crop, shown], axis=1))
            points.append(_mean_point(measured))
        best = [_measure(vae, crop, 100.0, device)[1] for crop in self.crops]
        vae.train(was_training)
        if sheet is not None:
            write_sheet(rows, sheet)
        figures: dict[str, float] = {}
        for rate in RATES:
            here = _at(points, rate)
            figures |= {f"psnr@{rate}": here, f"webp@{rate}": here - _at(self.webp, rate)}
        return figures | {"best": float(np.mean(best))}


def _measure(
    vae: VAE, crop: NDArray[np.uint8], quality: float, device: torch.device
) -> tuple[float, float, NDArray[np.uint8]]:
    x = torch.from_numpy(crop).permute(2, 0, 1)[None].to(device).float() / 255
    coded = vae(x.contiguous(memory_format=torch.channels_last), torch.tensor([quality], device=device))
    shown = to_bytes(coded.x_hat[0])
    return float(coded.bits) / (crop.shape[0] * crop.shape[1]), _psnr(crop, shown), shown


def _psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    error = float(np.square(first.astype(np.float64) - second).mean())
    return 10 * math.log10(255**2 / max(error, 1e-3))


def _webp(crop: NDArray[np.uint8], quality: int) -> tuple[float, float]:
    stream = io.BytesIO()
    Image.fromarray(crop).save(stream, "WEBP", quality=quality, method=4)
    with Image.open(io.BytesIO(stream.getvalue())) as image:
        shown = np.asarray(image.convert("RGB"))
    return 8 * len(stream.getvalue()) / (crop.shape[0] * crop.shape[1]), _psnr(crop, shown)


def _mean_point(points: list[tuple[float, float]]) -> tuple[float, float]:
    return float(np.mean([bpp for bpp, _ in points])), float(np.mean([psnr for _, psnr in points]))


def _at(points: list[tuple[float, float]], rate: float) -> float:
    """PSNR at a rate, straight between neighbours over the logarithm of the rate."""
    rates = [math.log(bpp) for bpp, _ in points]
    return float(np.interp(math.log(rate), rates, [psnr for _, psnr in points]))


def _crop(photo: Image.Image) -> NDArray[np.uint8]:
    """The centre, its sides multiples of 64 px."""
    width, height = (max(64, min(SIDE, side) // 64 * 64) for side in photo.size)
    if photo.width < width or photo.height < height:
        photo = photo.resize((max(width, photo.width), max(height, photo.height)), Image.Resampling.BICUBIC)
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    return np.array(photo.crop((left, top, left + width, top + height)))
