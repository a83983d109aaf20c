"""Soft patterns that move, so that the middle frame is known."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.uint8]


def pattern(height: int, width: int, seed: int = 0) -> Samples:
    """Waves of many lengths and directions, RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    picture = np.zeros((height, width, 3))
    for length in rng.uniform(5, 25, 40):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / length + phase)
        picture += wave[..., None] * rng.uniform(0.3, 1, 3)
    return (128 + 90 * picture / np.abs(picture).max()).round().astype(np.uint8)


def moving(shift: int, height: int = 48, width: int = 64, seed: int = 0) -> list[Samples]:
    """Three frames of a window that goes to the right by half of an even `shift`, px, from frame to frame."""
    scene = pattern(height, width + shift, seed)
    return [np.ascontiguousarray(scene[:, at : at + width]) for at in (0, shift // 2, shift)]
