"""Between FFmpeg's frames and arrays: which pixel formats are read as they are, and which are unpacked first.

FFmpeg has some 250 pixel formats. The planar ones that decoders give are taken apart here; packed or swapped ones
(nv12, uyvy422, bgr24, a palette, big-endian) are first rearranged by FFmpeg into the planar format of the same depth
and the same chroma, which changes no value.
"""

import re
from dataclasses import dataclass

import av
import numpy as np
from av.video.format import VideoFormat

from restore.images.samples import full_scale
from restore.video.colour import YuvCoding, coding_for
from restore.video.info import Colour

__all__ = ["PixelLayout", "full_frame_name", "layout_of", "read_pixels", "write_pixels", "yuv_name"]

_STEPS = {"444": (1, 1), "440": (1, 2), "422": (2, 1), "420": (2, 2), "411": (4, 1), "410": (4, 4)}
_NAMES = {step: name for name, step in _STEPS.items()}
_YUV = re.compile(r"yuv(j?)(a?)(4\d\d)p(\d*)(?:le)?")
_GREY = re.compile(r"gray(\d*)(?:le)?")
_GBR = re.compile(r"gbr(a?)p(\d*)(?:le)?")
_PACKED = {"rgb24": (3, 8), "rgba": (4, 8), "bgr0": (3, 8), "bgra": (4, 8), "rgb48le": (3, 16), "rgba64le": (4, 16)}
_UNPACKED_DEPTHS = (8, 9, 10, 12, 14, 16)


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """What a pixel format means.

    Attributes:
        name: FFmpeg's.
        kind: ``"yuv"``, ``"grey"``, ``"gbr"`` (planes) or ``"packed"`` (RGB in one plane).
        bits: per sample.
        step: (across, down) pixels that share a chroma sample; (1, 1) where there is none.
        alpha: it has transparency.
        full_range: the format itself is of full range (yuvj420p).
    """

    name: str
    kind: str
    bits: int
    step: tuple[int, int] = (1, 1)
    alpha: bool = False
    full_range: bool = False

    @property
    def is_rgb(self) -> bool:
        """Holds red, green and blue, and so needs no matrix."""
        return self.kind in ("gbr", "packed")


def layout_of(name: str) -> PixelLayout:
    """The meaning of a pixel format; for one that must be unpacked, of what it is unpacked to.

    Raises:
        ValueError: FFmpeg has no such format.
    """
    if match := _YUV.fullmatch(name):
        full, alpha, chroma, bits = match.groups()
        if chroma in _STEPS:
            return PixelLayout(name, "yuv", int(bits or 8), _STEPS[chroma], bool(alpha), bool(full))
    if match := _GREY.fullmatch(name):
        return PixelLayout(name, "grey", int(match.group(1) or 8))
    if match := _GBR.fullmatch(name):
        return PixelLayout(name, "gbr", int(match.group(2) or 8), alpha=bool(match.group(1)))
    if name in _PACKED:
        channels, bits = _PACKED[name]
        return PixelLayout(name, "packed", bits, alpha=channels == 4)
    return layout_of(_unpacked(VideoFormat(name)))


def read_pixels(frame: av.VideoFrame, colour: Colour) -> np.ndarray:
    """The pixels of a decoded frame, as stored (not turned).

    Args:
        colour: the stream's tags; a frame's own may be missing.

    Returns:
        (H, W, 3) RGB or, where the format has transparency, (H, W, 4); uint8 or uint16 over the full scale.
    """
    layout = layout_of(frame.format.name)
    if layout.name != frame.format.name or layout.name in ("bgr0", "bgra"):
        wanted = {"bgr0": "rgb24", "bgra": "rgba"}.get(layout.name, layout.name)
        frame, layout = _rearranged(frame, wanted), layout_of(wanted)
    height, width = frame.height, frame.width
    if layout.kind == "packed":
        channels, dtype = (4 if layout.alpha else 3), (np.uint16 if layout.bits > 8 else np.uint8)
        return _plane(frame, 0, width * channels, dtype).reshape(height, width, channels).copy()
    dtype = np.uint16 if layout.bits > 8 else np.uint8
    across, _down = layout.step
    widths = [width, -(-width // across), -(-width // across), width]
    planes = [_plane(frame, index, widths[index], dtype) for index in range(len(frame.planes))]
    if layout.kind == "gbr":
        out = np.stack([full_scale(planes[index], layout.bits) for index in (2, 0, 1)], axis=2)
    else:
        out = _coding(layout, colour, height).to_rgb(planes)
    if layout.alpha:
        return np.concatenate([out, full_scale(planes[3], layout.bits)[..., None]], axis=2)
    return out


def write_pixels(pixels: np.ndarray, layout: PixelLayout, colour: Colour, lines: int) -> av.VideoFrame:
    """A frame for an encoder; the inverse of ``read_pixels``.

    Args:
        pixels: (H, W, 3) or (H, W, 4) as stored; alpha is left out where the layout has none, and full where the
            pixels have none.
        layout: one that ``layout_of`` gives and that needs no unpacking.
        lines: of the stored picture, from which the matrix is guessed where ``colour`` has none.
    """
    height, width = pixels.shape[:2]
    frame = av.VideoFrame(width, height, layout.name)
    if layout.kind == "packed":
        _fill(frame, 0, _packed(pixels, layout).reshape(height, -1))
        return frame
    if layout.kind == "gbr":
        planes = [_scaled(pixels[..., index], layout.bits) for index in (1, 2, 0)]
    else:
        planes = _coding(layout, colour, lines).to_planes(pixels[..., :3])
    if layout.alpha:
        planes.append(_scaled(_alpha_of(pixels), layout.bits))
    for index, plane in enumerate(planes):
        _fill(frame, index, plane)
    return frame


def yuv_name(step: tuple[int, int], bits: int) -> str:
    """FFmpeg's name of planar YUV with this chroma and depth."""
    return f"yuv{_NAMES[step]}p" + ("" if bits == 8 else f"{bits}le")


def _coding(layout: PixelLayout, colour: Colour, lines: int) -> YuvCoding:
    if layout.full_range and not colour.full_range:
        colour = Colour(colour.matrix, True, colour.primaries, colour.transfer)
    return coding_for(colour, lines, layout.bits, layout.step if layout.kind == "yuv" else None)


def _unpacked(form: VideoFormat) -> str:
    """The name of the format that holds the same values in planes, or packed in RGB order."""
    components = form.components
    bits = max(component.bits for component in components)
    alpha = any(component.is_alpha for component in components)
    if form.has_palette:
        return "rgba"
    if form.is_rgb or form.name.startswith(("xyz", "bayer")):
        return ("rgba" if alpha else "rgb24") if bits <= 8 else ("rgba64le" if alpha else "rgb48le")
    depth = next((depth for depth in _UNPACKED_DEPTHS if depth >= bits), 16)
    if len(components) < 3:
        return "gray" if depth == 8 else "gray16le"
    across = {1: 4, 2: 2}.get(form.chroma_width(4), 1)
    down = {1: 4, 2: 2}.get(form.chroma_height(4), 1)
    return yuv_name((across, down) if (across, down) in _NAMES else (1, 1), depth)


def _rearranged(frame: av.VideoFrame, name: str) -> av.VideoFrame:
    same = frame.color_range
    return frame.reformat(format=name, src_color_range=same, dst_color_range=same)


def _plane(frame: av.VideoFrame, index: int, width: int, dtype: type) -> np.ndarray:
    plane = frame.planes[index]
    samples: np.ndarray = np.frombuffer(memoryview(plane), dtype)
    return samples.reshape(-1, plane.line_size // samples.itemsize)[:, :width]


def _fill(frame: av.VideoFrame, index: int, samples: np.ndarray) -> None:
    """Copy rows into a plane, whose rows may be longer."""
    plane = frame.planes[index]
    target = np.frombuffer(memoryview(plane), samples.dtype)
    target.reshape(-1, plane.line_size // samples.itemsize)[: samples.shape[0], : samples.shape[1]] = samples


def _packed(pixels: np.ndarray, layout: PixelLayout) -> np.ndarray:
    deep = layout.bits > 8
    samples = [_scaled(pixels[..., channel], layout.bits) for channel in range(3)]
    if layout.name.startswith("bgr"):
        samples.reverse()
    if layout.alpha:
        samples.append(_scaled(_alpha_of(pixels), layout.bits))
    elif layout.name == "bgr0":
        samples.append(np.zeros_like(samples[0]))
    return np.stack(samples, axis=2).astype(np.uint16 if deep else np.uint8, copy=False)


def _alpha_of(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[2] == 4:
        return pixels[..., 3]
    return np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)


def _scaled(samples: np.ndarray, bits: int) -> np.ndarray:
    """Full-scale uint8 or uint16 as samples of ``bits``, rounded."""
    top, most = (1 << bits) - 1, int(np.iinfo(samples.dtype).max)
    if top == most:
        return samples
    return ((samples.astype(np.uint32) * top + most // 2) // most).astype(np.uint16 if bits > 8 else np.uint8)


def full_frame_name(bits: int, *, alpha: bool) -> str:
    """The RGB format that holds every value of frames of this depth, for lossless coding."""
    if bits <= 8:
        return "bgra" if alpha else "bgr0"
    return "gbrap16le" if alpha else "gbrp16le"
