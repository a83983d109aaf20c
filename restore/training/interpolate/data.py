"""Three frames and a time, for the interpolator: real windows and synthetic motion, pure functions of (seed, step).

Real clips show what motion and cameras are like, but their flow is unknown. That of synthetic motion is known exactly,
but it looks like a collage. A batch holds both, and `known` tells them apart.

    window of seven frames ──► a < m < b or b < m < a ──► crop where it moves ─┐
                                                                               ├──► one change of colour ──► batch
    photographs ──► synthetic motion, both flows, what is hidden ──────────────┘
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import UsageError
from restore.training.augmentation import Augmentation, gamma_curve
from restore.training.engine.recipe import ALL_SAMPLES
from restore.training.interpolate.synthetic.fields import Field
from restore.training.interpolate.synthetic.scenes import SceneSettings, synthesise
from restore.training.interpolate.window_cache import WindowCache
from restore.training.interpolate.windows import FRAMES, Window, evenly_spaced
from restore.training.photos import decode_photos

SMALLEST_SCALE = 0.5
"""Frames are not reduced further, as long as they are large enough for the crop."""
UNREDUCED_SHARE = 0.4
"""Share of the crops that are not rescaled where they need not be."""
LARGEST_MOTION = 1 / 6
"""The window's motion between the two outer frames, as a share of the crop, is kept below this where possible."""
GAPS = {2: 3.0, 3: 2.0, 4: 2.0, 5: 1.0, 6: 1.0}
"""Steps of the window from the first to the last frame, and how often each is drawn."""
TRIES = 8
"""Windows that are drawn at most until the motion of one fits the crop."""
PHOTO_LONGEST = 896
"""Long side in px of the photographs: a scene shows as much of one as a crop of a window shows of its clip."""


@dataclass(frozen=True)
class Flows:
    """The motion of a synthetic sample, as `restore.training.interpolate.synthetic.scenes.SyntheticScene` has it."""

    flow01: Field
    """From the first to the last frame in px, x and y, `(2, S, S)`."""
    flow10: Field
    """From the last to the first frame in px, x and y, `(2, S, S)`."""
    visible01: NDArray[np.bool_]
    """Where the first frame's pixels are seen in the last, `(S, S)`."""
    visible10: NDArray[np.bool_]
    """Where the last frame's pixels are seen in the first, `(S, S)`."""


@dataclass(frozen=True)
class Sample:
    """Three frames, and their flows where these are known."""

    frames: NDArray[np.uint8]
    """First, middle and last, `(3, 3, S, S)`."""
    time: float
    """Of the middle frame between the others, 0..1."""
    flows: Flows | None = None


@dataclass(frozen=True)
class InterpolateBatch:
    """Samples of a step. Where `known` is false, flows are zero and nothing is visible."""

    frames: Tensor
    """First, middle and last, `(B, 3, 3, S, S)` uint8."""
    times: Tensor
    """Of the middle frame between the others, `(B,)` float32, 0..1."""
    known: Tensor
    """Whether the motion is known, `(B,)` bool."""
    flow01: Tensor
    """From the first to the last frame in px, x and y, `(B, 2, S, S)` float16."""
    flow10: Tensor
    """From the last to the first frame in px, x and y, `(B, 2, S, S)` float16."""
    visible01: Tensor
    """Where the first frame's pixels are seen in the last, `(B, 1, S, S)` bool."""
    visible10: Tensor
    """Where the last frame's pixels are seen in the first, `(B, 1, S, S)` bool."""


@dataclass(frozen=True)
class HeldOut:
    """Three consecutive frames of a held-out window, `(3, 3, H, W)` uint8; the time of the middle one is 0.5."""

    name: str
    """Clip, first frame and step, for messages."""
    frames: Tensor
    motion: float | None
    """90th percentile of the motion from the first frame to the last in px; None if it is unknown."""


class SampleSource(Protocol):
    """Where samples come from."""

    def sample(self, rng: np.random.Generator, side: int) -> Sample:
        """A sample of `side` px; everything random comes from `rng`."""


class RealWindows:
    """Crops of windows, three frames each.

    Args:
        cache: the windows' frames.
    """

    def __init__(self, cache: WindowCache) -> None:
        self.cache = cache

    def sample(self, rng: np.random.Generator, side: int) -> Sample:
        """Three frames of a window at random distances, cropped to `side` px about where it moves."""
        window, scale = self._window(rng, side)
        width, height = self.cache.size(window)
        gap = self._gap(rng, window, side / (width * scale))
        first = int(rng.integers(FRAMES - gap))
        middle = int(rng.integers(first + 1, first + gap))
        order = [first, middle, first + gap]
        if rng.random() < 0.5:
            order.reverse()
        box = _place(rng, window, (width, height), scale, side)
        frames = np.stack([_crop(self.cache.frame(window, index), box, side) for index in order])
        if rng.random() < 0.5:
            frames = frames[:, :, ::-1]
        if rng.random() < 0.25:
            frames = frames[:, ::-1]
        if rng.random() < 0.25:
            frames = frames.transpose(0, 2, 1, 3)
        time = (middle - order[0]) / (order[2] - order[0])
        return Sample(np.ascontiguousarray(frames.transpose(0, 3, 1, 2)), time)

    def _window(self, rng: np.random.Generator, side: int) -> tuple[Window, float]:
        """A window and what its frames are to be scaled by; others are tried if its motion does not fit the crop."""
        windows = self.cache.windows
        window, scale = windows[0], 1.0
        for _ in range(TRIES):
            window = windows[int(rng.integers(len(windows)))]
            width, height = self.cache.size(window)
            smallest = side / min(width, height)
            scale = 1.0 if rng.random() < UNREDUCED_SHARE else rng.uniform(SMALLEST_SCALE, 1)
            scale = max(scale, smallest)
            if window.motion is None or 2 * window.motion * width * scale <= LARGEST_MOTION * side:
                break
        return window, scale

    def _gap(self, rng: np.random.Generator, window: Window, crop: float) -> int:
        """Steps from the first to the last frame; `crop` is the crop's side as a share of the frame's width."""
        fit = [gap for gap in GAPS if gap == 2 or (window.motion or 0) * gap <= LARGEST_MOTION * crop]
        weights = np.array([GAPS[gap] for gap in fit])
        return int(rng.choice(fit, p=weights / weights.sum()))


class SyntheticMotion:
    """Scenes made of photographs.

    Args:
        photos: files to make them of.
        longest: photographs are reduced to this long side in px.
        settings: what scenes are like.
    """

    def __init__(
        self, photos: Sequence[Path], *, longest: int = PHOTO_LONGEST, settings: SceneSettings | None = None
    ) -> None:
        self.settings = settings
        self.photos = [np.asarray(photo) for photo in decode_photos(photos, longest)]

    def sample(self, rng: np.random.Generator, side: int) -> Sample:
        """A scene of `side` px at a random time, with its flows."""
        scene = synthesise(rng, self.photos, side, self.settings)
        flows = Flows(scene.flow01, scene.flow10, scene.visible01, scene.visible10)
        return Sample(scene.frames, scene.times[1], flows)


class InterpolateData:
    """Batches of real windows and synthetic motion.

    Args:
        real: where real samples come from; None if there are none.
        synthetic: where synthetic samples come from; None if there are none.
        seed: everything random follows from it and the step.
        share: part of the samples that is synthetic, 0..1; without one of the two sources all come from the other.
        augment: how frames are degraded.

    Raises:
        UsageError: there is no source, or the share is not between 0 and 1.
    """

    def __init__(
        self,
        real: SampleSource | None,
        synthetic: SampleSource | None,
        *,
        seed: int,
        share: float = 0.5,
        augment: Augmentation | None = None,
    ) -> None:
        if not 0 <= share <= 1:
            raise UsageError(f"the share of synthetic motion is {share}; it is between 0 and 1")
        first, second = real or synthetic, synthetic or real
        if first is None or second is None:
            raise UsageError("nothing to learn interpolation from; name a folder of clips, of photographs, or both")
        self.real, self.synthetic, self.seed, self.share = first, second, seed, share
        self.augment = augment or Augmentation()

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> InterpolateBatch:
        """The batch of a step: those of `count` samples of `side` px that `own` selects.

        Of all, `share` are synthetic as exactly as can be.
        """
        start = np.random.default_rng([self.seed, step, side]).random()
        ends = np.floor(np.arange(count + 1) * self.share + start)
        return collate([self._sample(step, index, side, ends[index + 1] > ends[index]) for index in range(count)[own]])

    def _sample(self, step: int, index: int, side: int, synthetic: bool) -> Sample:
        seeds = (self.seed, step, side, index)
        rng = np.random.default_rng(seeds)
        sample = (self.synthetic if synthetic else self.real).sample(rng, side)
        frames = self.augment(_recoloured(rng, sample.frames), *seeds)
        return Sample(frames, sample.time, sample.flows)


def collate(samples: Sequence[Sample]) -> InterpolateBatch:
    """Samples of one size as a batch."""
    side = samples[0].frames.shape[-1]
    nothing = Flows(*(np.zeros((2, side, side), np.float32),) * 2, *(np.zeros((side, side), np.bool_),) * 2)
    flows = [sample.flows or nothing for sample in samples]
    return InterpolateBatch(
        torch.from_numpy(np.stack([sample.frames for sample in samples])),
        torch.tensor([sample.time for sample in samples], dtype=torch.float32),
        torch.tensor([sample.flows is not None for sample in samples]),
        torch.from_numpy(np.stack([flow.flow01 for flow in flows]).astype(np.float16)),
        torch.from_numpy(np.stack([flow.flow10 for flow in flows]).astype(np.float16)),
        torch.from_numpy(np.stack([flow.visible01 for flow in flows])[:, None]),
        torch.from_numpy(np.stack([flow.visible10 for flow in flows])[:, None]),
    )


def triplets_of(cache: WindowCache, most: int | None = 48) -> list[HeldOut]:
    """The first three frames of windows, at the size at which they are stored.

    Args:
        cache: of the windows.
        most: triplets at most, evenly chosen; None takes one of every window.
    """
    triplets = []
    for window in evenly_spaced(cache.windows, most):
        frames = np.stack([cache.frame(window, index) for index in range(3)]).transpose(0, 3, 1, 2)
        motion = None if window.motion is None else 2 * window.motion * cache.size(window)[0]
        name = f"{window.clip} {window.start}+{window.step}"
        triplets.append(HeldOut(name, torch.from_numpy(np.ascontiguousarray(frames)), motion))
    return triplets


def _place(
    rng: np.random.Generator, window: Window, size: tuple[int, int], scale: float, side: int
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom in px of a crop that is `side` px after scaling, about where the window moves."""
    reach = side / scale
    left, top = (
        min(max(length * centre + rng.normal(0, 0.25) * reach - reach / 2, 0.0), length - reach)
        for length, centre in zip(size, window.centre, strict=True)
    )
    if scale == 1:
        left, top = int(left), int(top)
    return left, top, left + reach, top + reach


def _crop(frame: NDArray[np.uint8], box: tuple[float, float, float, float], side: int) -> NDArray[np.uint8]:
    """A part of a frame as `(side, side, 3)`."""
    left, top, right, bottom = box
    if right - left == side:
        return frame[int(top) : int(bottom), int(left) : int(right)]
    first_row, first_column = int(top), int(left)
    part = Image.fromarray(frame[first_row : math.ceil(bottom), first_column : math.ceil(right)])
    within = (left - first_column, top - first_row, right - first_column, bottom - first_row)
    return np.asarray(part.resize((side, side), Image.Resampling.LANCZOS, box=within))


def _recoloured(rng: np.random.Generator, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`(n, 3, h, w)` with the same change of gamma and of each channel's gain in every frame, or none, or grey."""
    if rng.random() < 0.05:
        # kornia's grey differs by a level in one colour of ten thousand; released recipes stay exact.
        red, green, blue = frames[:, 0], frames[:, 1], frames[:, 2]
        grey = np.rint(np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue)
        return np.stack([grey.astype(np.uint8)] * 3, axis=1)
    if rng.random() < 0.6:
        return frames
    gamma, gains = math.exp(rng.uniform(-0.35, 0.35)), np.exp(rng.uniform(-0.15, 0.15, 3))
    changed = np.empty_like(frames)
    for channel, gain in enumerate(gains.tolist()):
        changed[:, channel] = gamma_curve(gamma, gain)[frames[:, channel]]
    return changed
