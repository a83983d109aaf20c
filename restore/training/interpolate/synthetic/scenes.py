"""Scenes that move, made from photographs: frames, both flows and what is hidden are known exactly.

Real clips show what motion looks like, but their flow is unknown. Here photographs are laid over each other, each
with its own motion, and drawn at times 0, 1 and between:

    photo ──────────────► background ───┐
    photo ──► cut out ──► foreground 1 ─┼─► traced back from each pixel ─► light ─► overlay ─► noise ─► frames
    photo ──► cut out ──► foreground 2 ─┘        └─► motion of what is seen ─► flows, and what is hidden

Whatever enters a frame comes from the photograph beyond its edge, never from a repeated border: in an earlier try crops
smaller than their motion made the network worse. Photographs are sampled one to two of their pixels apart, so that all
frames are equally sharp.

What scenes lack: shadows, reflections, depth that changes within an object, a rolling shutter, compression.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.training.augmentation import gamma_curve
from restore.training.engine.config import require_positive, require_shares
from restore.training.interpolate.synthetic.fields import Field, draw_motion
from restore.training.interpolate.synthetic.layers import Layer, Photo, View, background, cut_out, draw
from restore.training.interpolate.synthetic.shapes import draw_overlay

BINS = ((0.0, 2.0), (2.0, 8.0), (8.0, 24.0))
"""Largest displacement of a scene in px; the end of the last bin is for a picture of 192 px and grows with it."""
BIN_SIDE = 192
"""Side in px of the picture that the last bin's end is for."""
SMALLEST_SIDE = 32
"""Least side of a scene in px."""
SPACING = 1.5
"""Largest distance in px between two of the moments that are averaged while the shutter is open."""
MOST_MOMENTS = 8
"""Moments that are averaged at most."""
OVERLAY = 255
"""Label of what stands still above the scene."""


@dataclass(frozen=True)
class SceneSettings:
    """What scenes are like. All but `noisiest` are shares of the scenes, 0..1."""

    bins: tuple[float, float, float] = (0.25, 0.4, 0.35)
    """Scenes whose largest displacement is in the first, second and third bin."""
    foregrounds: tuple[float, float, float] = (0.2, 0.4, 0.4)
    """Scenes with no, one and two foreground objects over the background."""
    still_background: float = 0.25
    """Part of the scenes with foreground objects in which only these move."""
    overlay: float = 0.2
    """Scenes with text or logos that stand still."""
    bars: float = 0.06
    """Scenes with black bars at two edges."""
    blur: float = 0.15
    """Scenes whose shutter stays open for a part of the time between the frames."""
    light: float = 0.2
    """Scenes whose brightness and gamma change."""
    noise: float = 0.3
    """Scenes in which each frame has noise of its own."""
    noisiest: float = 3.0
    """Largest standard deviation of the noise in levels of 255."""

    def __post_init__(self) -> None:
        require_shares(self, "still_background", "overlay", "bars", "blur", "light", "noise")
        require_positive(self, "noisiest")
        for name in ("bins", "foregrounds"):
            shares = getattr(self, name)
            if min(shares) < 0 or not math.isclose(sum(shares), 1):
                raise UsageError(f"{name} is {shares}; these shares must add up to 1")


@dataclass(frozen=True)
class SyntheticScene:
    """Frames of a scene at `n` times from 0 to 1, and what is known of its motion.

    A flow is the displacement in px, x then y, of what is seen at a pixel. Everything moves straight and evenly: the
    displacement over a part of the time is that part of the flow.
    """

    frames: NDArray[np.uint8]
    """`(n, 3, h, w)`."""
    times: tuple[float, ...]
    """The first is 0, the last 1."""
    flow01: Field
    """From the first frame to the last, `(2, h, w)`."""
    flow10: Field
    """From the last frame to the first, `(2, h, w)`."""
    visible01: NDArray[np.bool_]
    """Where a pixel of the first frame is seen in the last, `(h, w)`: neither hidden nor outside."""
    visible10: NDArray[np.bool_]
    """Where a pixel of the last frame is seen in the first, `(h, w)`."""


def synthesise(
    rng: np.random.Generator,
    photos: Sequence[Photo],
    side: int,
    settings: SceneSettings | None = None,
    times: Sequence[float] | None = None,
) -> SyntheticScene:
    """Draw a moving scene: a pure function of the generator's state.

    Args:
        rng: source of every random choice.
        photos: pictures to make it of, each `(H, W, 3)`; smaller ones than twice `side` give soft scenes.
        side: height and width of the frames in px.
        settings: what scenes are like.
        times: of the frames between the first and the last; by default one at random.

    Raises:
        UsageError: no photographs, a side that is too small, or a time that is not between 0 and 1.
    """
    if not photos or side < SMALLEST_SIDE:
        raise UsageError(f"a scene takes a photograph and {SMALLEST_SIDE} px; there are {len(photos)} and {side} px")
    settings = settings or SceneSettings()
    between = (float(rng.uniform(0.05, 0.95)),) if times is None else tuple(float(time) for time in times)
    if not all(0 < time < 1 for time in between):
        raise UsageError(f"the times {between} are not all between 0 and 1, where the two ends stand")
    clock = (0.0, *between, 1.0)
    shutter = float(rng.uniform(0.1, 0.5)) if rng.random() < settings.blur else 0.0

    layers = _draw_layers(rng, photos, side, settings, shutter / 2)
    views = [draw(layers, side, time) for time in clock]
    first, last = views[0], views[-1]
    flow01 = _flow01(first, layers)
    flow10 = last.past - _pixels(side)
    colours = np.stack([shot.colours for shot in views])
    if shutter:
        longest = float(np.abs(flow10).max())
        colours = np.stack([_blur_by_shutter(layers, side, time, shutter, longest) for time in clock])
    frames = _change_light(rng, colours, clock) if rng.random() < settings.light else np.rint(colours).astype(np.uint8)
    cover = _draw_cover(rng, side, settings)
    if cover is not None:
        frames = np.rint(frames * (1 - cover[3] / 255) + cover[:3]).clip(0, 255).astype(np.uint8)
        covered = cover[3] > 127
        for shot, flow in ((first, flow01), (last, flow10)):
            shot.labels[covered] = OVERLAY
            flow[:, covered] = 0
    if rng.random() < settings.noise:
        frames = _add_noise(rng, frames, rng.uniform(0.3, settings.noisiest))
    seen = _visible(flow01, first, last), _visible(flow10, last, first)
    return SyntheticScene(frames, clock, flow01, flow10, *seen)


def _draw_layers(
    rng: np.random.Generator, photos: Sequence[Photo], side: int, settings: SceneSettings, spill: float
) -> list[Layer]:
    """Background and foreground objects, lowest first; one moves as far as the scene's bin allows, the others less."""
    which = int(rng.choice(len(BINS), p=settings.bins))
    lowest, highest = BINS[which]
    if which == len(BINS) - 1:
        highest = max(lowest, highest * side / BIN_SIDE)
    foregrounds = int(rng.choice(len(settings.foregrounds), p=settings.foregrounds))
    shares = rng.uniform(0.1, 1, foregrounds + 1)
    if foregrounds and rng.random() < settings.still_background:
        shares[0] = 0
    magnitudes = (rng.uniform(lowest, highest) * shares / shares.max()).tolist()
    middle = (side - 1) / 2
    motion = draw_motion(rng, (middle, middle), side / 2, magnitudes[0])
    layers = [background(rng, _pick(rng, photos), side, motion, spill)]
    return layers + [cut_out(rng, _pick(rng, photos), side, magnitude) for magnitude in magnitudes[1:]]


def _pick(rng: np.random.Generator, photos: Sequence[Photo]) -> Photo:
    photo = photos[int(rng.integers(len(photos)))]
    return photo[:, ::-1] if rng.random() < 0.5 else photo


def _pixels(side: int) -> Field:
    """x and y of every pixel, `(2, side, side)`."""
    y, x = np.indices((side, side), np.float32)
    return np.stack([x, y])


def _flow01(first: View, layers: Sequence[Layer]) -> Field:
    side = first.labels.shape[0]
    flow = np.stack(layers[0].motion.displacement(first.past[0], first.past[1]))
    for number, layer in enumerate(layers[1:], 1):
        left, top, width, height = layer.visible_box(0, side)
        here = (slice(top, top + height), slice(left, left + width))
        inside = first.labels[here] == number
        moved = layer.motion.displacement(first.past[0][here], first.past[1][here])
        for part, values in zip(flow, moved, strict=True):
            np.copyto(part[here], values, where=inside)
    return flow


def _blur_by_shutter(layers: Sequence[Layer], side: int, time: float, shutter: float, longest: float) -> Field:
    """The mean over the time the shutter is open, about `time`; `longest` is the largest displacement in px."""
    moments = min(MOST_MOMENTS, max(2, math.ceil(shutter * longest / SPACING)))
    offsets = shutter * ((np.arange(moments) + 0.5) / moments - 0.5)
    shots = [draw(layers, side, time + offset).colours for offset in offsets.tolist()]
    mean: Field = np.mean(shots, axis=0, dtype=np.float32)
    return mean


def _change_light(rng: np.random.Generator, colours: Field, clock: Sequence[float]) -> NDArray[np.uint8]:
    """Brightness and gamma that change evenly from the first frame to the last."""
    brighter, steeper = rng.uniform(-0.1, 0.1), rng.uniform(-0.12, 0.12)
    frames = np.empty(colours.shape, np.uint8)
    for frame, colour, time in zip(frames, colours, clock, strict=True):
        gain, gamma = math.exp(time * brighter), math.exp(time * steeper)
        frame[:] = gamma_curve(gamma, gain)[np.rint(colour).astype(np.uint8)]
    return frames


def _draw_cover(rng: np.random.Generator, side: int, settings: SceneSettings) -> Field | None:
    """Overlay and bars above the scene, `(4, side, side)`, 0..255, colours times coverage; None without either."""
    cover = np.zeros((4, side, side), np.float32)
    if rng.random() < settings.overlay:
        cover[:] = draw_overlay(rng, side, side).transpose(2, 0, 1)
    if rng.random() < settings.bars:
        near, far = (rng.uniform(0.04, 0.14, 2) * side).astype(int).tolist()
        bars = cover if rng.random() < 0.8 else cover.transpose(0, 2, 1)
        for bar in (bars[:, :near], bars[:, side - far :]):
            bar[:3], bar[3] = 0, 255
    return cover if cover[3].any() else None


def _add_noise(rng: np.random.Generator, frames: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """Noise with a standard deviation of `strength` levels, drawn as the sum of two uniform numbers."""
    uniform = rng.integers(0, 256, (2, *frames.shape), dtype=np.uint8).astype(np.float32)
    noise = (uniform[0] + uniform[1] - 255) * (strength / math.sqrt((256**2 - 1) / 6))
    noisy: NDArray[np.uint8] = np.rint(frames + noise).clip(0, 255).astype(np.uint8)
    return noisy


def _visible(flow: Field, here: View, there: View) -> NDArray[np.bool_]:
    """Where what is seen here is seen there too: the same layer stands where it goes."""
    side = flow.shape[-1]
    x, y = np.rint(flow + _pixels(side)).astype(np.int32)
    inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
    seen: NDArray[np.bool_] = inside & (there.labels[y.clip(0, side - 1), x.clip(0, side - 1)] == here.labels)
    return seen
