"""Training pictures degraded as cameras and files degrade them, and changes of gamma; all by kornia.

    blur of a moving camera ──► noise of a sensor, or dead pixels ──► JPEG

kornia's own random modules draw from torch's global generator. Worker threads share that one, and losses draw from it
too, so a run that was stopped could not go on with the same pictures. Here every parameter comes from a generator of
the sample's own seeds, and kornia is handed what was drawn. The frames of one sample get the same blur, strength of
noise and quality of JPEG, as the frames of one clip have.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pictures = NDArray[np.uint8]

STREAM = 0xA06
"""Appended to a sample's seeds: what is drawn here leaves all other random choices of the sample as they are."""
BLUR_SIDES = (3, 5, 7, 9)
"""Sides in pixels of a motion blur's kernel."""
STRONGEST_NOISE = 8.0
"""Largest standard deviation of Gaussian noise, in levels of 255."""
DEAD_SHARE = 0.3
"""Part of the noisy samples that have dead pixels, black or white, in place of Gaussian noise."""
MOST_DEAD = 0.01
"""Largest part of a picture's pixels that are dead."""
JPEG_QUALITIES = (35.0, 95.0)
"""Lowest and highest quality of JPEG."""


@dataclass(frozen=True)
class Augmentation:
    """How many samples are degraded in which way; shares 0..1, all 0 by default, which changes nothing."""

    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0

    def __call__(self, pictures: Pictures, *seeds: int) -> Pictures:
        """Degrade the pictures of one sample: a pure function of its seeds.

        Args:
            pictures: `(n, 3, H, W)`, range 0..255.
            seeds: numbers that no other sample of the run has together.

        Returns:
            New pictures of that shape, or the same ones where nothing is to be changed.
        """
        if not (self.blur or self.noise or self.jpeg):
            return pictures
        rng = np.random.default_rng([*seeds, STREAM])
        blurred, noisy, compressed = rng.random(3) < (self.blur, self.noise, self.jpeg)
        if not (blurred or noisy or compressed):
            return pictures
        x = torch.from_numpy(pictures).float() / 255
        with torch.no_grad():
            if blurred:
                x = motion_blur(rng, x)
            if noisy:
                x = dead_pixels(rng, x) if rng.random() < DEAD_SHARE else gaussian_noise(rng, x)
            if compressed:
                x = jpeg(rng, x.clamp(0, 1))
        return to_levels(x)


def motion_blur(rng: np.random.Generator, x: Tensor) -> Tensor:
    """`(n, 3, H, W)` as a camera sees it that moves along a line while the shutter is open."""
    from kornia.filters import motion_blur

    side, angle, direction = int(rng.choice(BLUR_SIDES)), float(rng.uniform(0, 360)), float(rng.uniform(-1, 1))
    return motion_blur(x, side, angle, direction, border_type="replicate", mode="bilinear")


def gaussian_noise(rng: np.random.Generator, x: Tensor) -> Tensor:
    """`(n, 3, H, W)`, range 0..1, with independent noise in every value."""
    from kornia.augmentation import RandomGaussianNoise

    deviation = rng.uniform(1, STRONGEST_NOISE) / 255
    noise = torch.from_numpy(rng.normal(0, deviation, x.shape).astype(np.float32))
    degraded: Tensor = RandomGaussianNoise(p=1.0)(x, params={"batch_prob": torch.ones(len(x)), "gaussian_noise": noise})
    return degraded


def dead_pixels(rng: np.random.Generator, x: Tensor) -> Tensor:
    """`(n, 3, H, W)`, range 0..1, with some pixels white and some black ("salt and pepper")."""
    from kornia.augmentation import RandomSaltAndPepperNoise

    amount = rng.uniform(0, MOST_DEAD)
    chance = torch.from_numpy(rng.random((len(x), 1, *x.shape[2:]))).expand_as(x)
    masks = {"mask_salt": chance < amount / 2, "mask_pepper": chance > 1 - amount / 2}
    degraded: Tensor = RandomSaltAndPepperNoise(p=1.0)(x, params={"batch_prob": torch.ones(len(x)), **masks})
    return degraded


def jpeg(rng: np.random.Generator, x: Tensor) -> Tensor:
    """`(n, 3, H, W)`, range 0..1, after JPEG's transform and quantisation, colours at half the resolution."""
    from kornia.enhance import jpeg_codec_differentiable

    return jpeg_codec_differentiable(x, torch.tensor([rng.uniform(*JPEG_QUALITIES)], dtype=x.dtype))


def gamma_curve(gamma: float, gain: float = 1.0) -> Pictures:
    """`gain * level ** gamma` for each level, range 0..255, `(256,)`: `gamma_curve(1.2)[picture]` is the picture."""
    from kornia.enhance import adjust_gamma

    levels = torch.arange(256, dtype=torch.float64)[None, None] / 255
    return to_levels(adjust_gamma(levels, gamma, gain)[0, 0])


def to_levels(x: Tensor) -> Pictures:
    """Values 0..1 as levels 0..255, of any shape."""
    levels: Pictures = (255 * x).round().clamp(0, 255).byte().numpy()
    return levels
