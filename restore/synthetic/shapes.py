"""Shapes of real damage from a folder: outlines from scans of blank film, and drawn ones.

The folder is laid out as the public FilmDamageSimulator's data (Ivanova et al., "Simulating analogue film damage to
analyse and improve artefact restoration on high-resolution scans", Eurographics 2023):

    film_artefacts.json     {"labels": [NAME, …],
                             "scans": [{"width", "height", "artefacts": [[label, [x0, y0, …]], …]}]}
    sprites/KIND/*.webp     one shape each, grey: 255 is opaque

The last scan and every fifth drawn shape are held out: they are never learned from.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from restore.errors import InputError

Alpha = NDArray[np.float32]
"""How much of each pixel something covers, `(H, W)`, range 0..1."""

FINER = 2
"""Shapes are drawn at so many times the size and reduced, which makes their edges soft."""
HELD_OUT = 5
"""Every so many-th drawn shape is held out."""
OUTLINES, SPRITES = "film_artefacts.json", "sprites"
LINES = frozenset({"Short hair", "Long hair", "Scratch", "hair", "hair-short", "lint", "scratches"})
"""Names of outlines and drawn shapes that are long and thin."""
AREAS = frozenset({"stain", "smut"})
"""Names of those that cover an area; all others are spots."""


@dataclass(frozen=True)
class Scan:
    """Outlines of the damage on one frame."""

    width: int
    height: int
    outlines: list[tuple[str, NDArray[np.float32]]]
    """Name and corners, `(n, 2)` x and y in pixels of the scan."""
    boxes: NDArray[np.float32]
    """Left, top, right and bottom of each outline, `(outlines, 4)`."""


@dataclass(frozen=True)
class Shapes:
    """Shapes to lay damage with; without any, all damage is drawn by rules."""

    scans: list[Scan] = field(default_factory=list)
    sprites: dict[str, list[NDArray[np.uint8]]] = field(default_factory=dict)
    """Name to its drawn shapes, each `(h, w)`."""


NO_SHAPES = Shapes()


def load_shapes(folder: Path) -> tuple[Shapes, Shapes]:
    """Shapes of a folder: those to learn from, and those that are held out.

    Args:
        folder: see the module's docstring; outlines or drawn shapes may be missing.

    Raises:
        InputError: there are neither, or a file is damaged.
    """
    scans = _load_scans(folder / OUTLINES)
    learned: dict[str, list[NDArray[np.uint8]]] = {}
    held_out: dict[str, list[NDArray[np.uint8]]] = {}
    for kind in sorted(path for path in (folder / SPRITES).glob("*") if path.is_dir()):
        files = sorted(path for path in kind.iterdir() if path.suffix.lower() in (".webp", ".png"))
        with ThreadPoolExecutor() as pool:
            sprites = list(pool.map(_load_sprite, files))
        learned[kind.name] = [sprite for number, sprite in enumerate(sprites) if number % HELD_OUT]
        held_out[kind.name] = sprites[::HELD_OUT]
    if not scans and not learned:
        raise InputError(f"{folder} holds neither {OUTLINES} nor a folder {SPRITES}; name a folder of damage shapes")
    return Shapes(scans[:-1], _without_empty(learned)), Shapes(scans[-1:], _without_empty(held_out))


def film_window(rng: np.random.Generator, scan: Scan, height: int, width: int, scale: float) -> dict[str, Alpha]:
    """The damage of a random part of a scan.

    Args:
        rng: source of every random choice.
        scan: a frame.
        height: of the result in pixels.
        width: of the result in pixels.
        scale: pixels of the result per pixel of the scan, lowered where the scan is too small for it.

    Returns:
        By kind, "lines" and "spots", how much of each pixel it covers, `(height, width)`.
    """
    scale = max(scale, height / scan.height, width / scan.width)
    corner = rng.uniform(0, 1, 2) * (scan.width - width / scale, scan.height - height / scale)
    left, top = corner
    near = (scan.boxes[:, 0] < left + width / scale) & (scan.boxes[:, 2] > left)
    near &= (scan.boxes[:, 1] < top + height / scale) & (scan.boxes[:, 3] > top)
    mirrored, upside_down = rng.random(2) < 0.5
    canvases = {kind: Image.new("L", (FINER * width, FINER * height)) for kind in ("lines", "spots")}
    for number in np.flatnonzero(near):
        name, corners = scan.outlines[number]
        pen = ImageDraw.Draw(canvases["lines" if name in LINES else "spots"])
        placed = (corners - corner.astype(np.float32)) * np.float32(FINER * scale)
        pen.polygon([(float(x), float(y)) for x, y in placed], fill=255)
    found = {}
    for kind, canvas in canvases.items():
        covered = reduced(canvas)
        covered = covered[:, ::-1] if mirrored else covered
        found[kind] = np.ascontiguousarray(covered[::-1] if upside_down else covered)
    return found


def sprite_at(rng: np.random.Generator, sprite: NDArray[np.uint8], height: int, width: int, longest: float) -> Alpha:
    """A drawn shape, turned, at a random place of an empty picture, partly beyond its border at times.

    Args:
        rng: source of every random choice.
        sprite: `(h, w)`, range 0..255.
        height: of the result in pixels.
        width: of the result in pixels.
        longest: longer side of the shape in pixels.
    """
    picture = Image.fromarray(sprite)
    scale = longest / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.BICUBIC if scale > 0.5 else Image.Resampling.BOX)
    picture = picture.rotate(float(rng.uniform(0, 360)), Image.Resampling.BICUBIC, expand=True)
    canvas = Image.new("L", (width, height))
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    canvas.paste(picture, (round(x - picture.width / 2), round(y - picture.height / 2)))
    return np.asarray(canvas, np.float32) / np.float32(255)


def reduced(canvas: Image.Image) -> Alpha:
    """What was drawn `FINER` times as large, as the share of each pixel that is covered."""
    return np.asarray(canvas.reduce(FINER), np.float32) / np.float32(255)


def softened(cover: Alpha, radius: float) -> Alpha:
    """A shape out of focus; one so small that nothing would be left stays as it is.

    Args:
        cover: `(H, W)`.
        radius: standard deviation of the blur in pixels.
    """
    levels = Image.fromarray(np.round(255 * cover).astype(np.uint8))
    blurred = np.asarray(levels.filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)
    return blurred if blurred.any() else cover


def _load_scans(path: Path) -> list[Scan]:
    if not path.exists():
        return []
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        labels = [str(name) for name in told["labels"]]
        scans = []
        for scan in told["scans"]:
            outlines = [
                (labels[label], np.array(corners, np.float32).reshape(-1, 2))
                for label, corners in scan["artefacts"]
                if len(corners) >= 6
            ]
            boxes = np.array([[*corners.min(0), *corners.max(0)] for _, corners in outlines], np.float32)
            scans.append(Scan(int(scan["width"]), int(scan["height"]), outlines, boxes.reshape(-1, 4)))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{path} does not hold outlines of damage: {error}") from error
    return scans


def _load_sprite(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, SyntaxError) as error:
        raise InputError(f"cannot read the shape {path}: {error}") from error


def _without_empty(sprites: dict[str, list[NDArray[np.uint8]]]) -> dict[str, list[NDArray[np.uint8]]]:
    return {name: shapes for name, shapes in sprites.items() if shapes}
