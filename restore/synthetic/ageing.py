"""What time, cameras and scanners do to a whole picture: grey, sepia, faded colours; then softness, grain, JPEG.

    photograph ── aged ── damage laid over it ── scanned

Both are pure functions of a NumPy generator. Damage is scanned with the picture: it is as soft, as grainy and as
compressed as what it lies on.
"""

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Levels = NDArray[np.uint8]
"""A picture, `(H, W, 3)`."""
Values = NDArray[np.floating[Any]]
"""A picture on its way, in levels of 255."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
SEPIA = np.array([1.0, 0.86, 0.66], np.float32)
"""Colour of white on a sepia print."""


def aged(rng: np.random.Generator, picture: Levels) -> Levels:
    """A picture as an old print or film shows it: often grey or sepia, perhaps faded, soft or noisy."""
    kind = rng.choice(["as it is", "grey", "sepia", "faded"], p=[0.4, 0.3, 0.12, 0.18])
    values: Values = picture.astype(np.float32)
    if kind in ("grey", "sepia"):
        values = np.repeat((values @ LUMA)[..., None], 3, axis=2)
    if kind == "sepia":
        values *= 1 - rng.uniform(0.3, 1.0) * (1 - SEPIA)
    if kind == "faded":
        grey = (values @ LUMA)[..., None]
        values = grey + rng.uniform(0.3, 0.9) * (values - grey)
        values *= 1 - rng.uniform(0, 0.25, 3).astype(np.float32)
    if kind != "as it is" or rng.random() < 0.3:
        black, white = rng.uniform(0, 50), rng.uniform(190, 255)
        values = black + values * (white - black) / 255
        values = 255 * (np.clip(values, 0, 255) / 255) ** math.exp(rng.uniform(-0.35, 0.35))
    if rng.random() < 0.25:
        values += _grain(rng, values.shape[:2], rng.uniform(1, 8))
    levels = np.clip(np.round(values), 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        levels = _soft(levels, rng.uniform(0.3, 1.6))
    return levels


def scanned(rng: np.random.Generator, picture: Levels) -> Levels:
    """A picture as a file holds it in the end: perhaps softer, grainy, compressed as JPEG."""
    if rng.random() < 0.45:
        picture = _soft(picture, rng.uniform(0.3, 1.2))
    if rng.random() < 0.35:
        noisy = picture.astype(np.float32) + _grain(rng, picture.shape[:2], rng.uniform(0.5, 7))
        picture = np.clip(np.round(noisy), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        picture = _as_jpeg(picture, int(rng.integers(45, 96)))
    return picture


def _grain(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Values:
    """Grain of a deviation in levels of 255, alike in all colours or not, a pixel or two wide."""
    height, width = shape
    coloured = rng.random() < 0.3
    grain: Values = rng.normal(0, deviation, (height, width, 3 if coloured else 1)).astype(np.float32)
    if rng.random() < 0.5:
        grain = 1.4 * (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1) + np.roll(grain, (1, 1), (0, 1))) / 2
    return grain


def _soft(picture: Levels, radius: float) -> Levels:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def _as_jpeg(picture: Levels, quality: int) -> Levels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))
