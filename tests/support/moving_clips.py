"""Tiny clips that move in ways a test can tell, and lists of windows in them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 48


def ground(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((240, 160), Image.Resampling.BICUBIC))


def panning(count: int, seed: int = 0, speed: int = 3) -> list[np.ndarray]:
    """Frames `(48, 64, 3)` of a picture that passes by."""
    picture = ground(seed)
    return [picture[10 : 10 + HEIGHT, speed * index : speed * index + WIDTH] for index in range(count)]


def write_clip(path: Path, frames: list[np.ndarray]) -> None:
    """FFV1 in RGB: what is read is what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture.reformat(format="bgr0")))
        container.mux(stream.encode())


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def images(frames: list[np.ndarray]) -> Iterator[Image.Image]:
    return (Image.fromarray(frame) for frame in frames)


def write_clips(data: Path) -> Path:
    """Two clips and a folder of numbered pictures."""
    write_clip(data / "one.mkv", panning(20, 1))
    write_clip(data / "clips" / "two.mkv", panning(24, 2, 2))
    (data / "frames" / "three").mkdir(parents=True)
    for number, frame in enumerate(panning(12, 3)):
        Image.fromarray(frame).save(data / "frames" / "three" / f"f{number + 5}.png")
    return data
