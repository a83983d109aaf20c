"""Pixel formats other than planar YUV come in as their colours."""

from pathlib import Path

import av
import numpy as np
import pytest

from restore.video.read.opening import open_video
from tests.support.video_clips import make_film, picture


def in_format(pixels: str) -> object:
    """The first picture in a format; deep ones are made here, for FFmpeg's white is 65280."""
    rgb = picture(0)
    if pixels == "rgb48be":
        return av.VideoFrame.from_ndarray(rgb.astype(np.uint16) * 257, format="rgb48be")
    if pixels.startswith("gbrp1"):
        top = 1023 if pixels == "gbrp10le" else 4095
        return tuple((rgb[..., channel] * (top / 255)).round().astype(np.uint16) for channel in (1, 2, 0))
    if pixels == "pal8":
        palette = np.zeros((256, 4), np.uint8)
        palette[:, 0] = 255
        palette[:, 1:] = np.arange(256)[:, None]
        return av.VideoFrame.from_ndarray((rgb[..., 1].copy(), palette), format="pal8")
    return rgb


PACKED = {
    "rgb24": ("png", 8),
    "rgba": ("png", 8),
    "rgb48be": ("png", 16),
    "bgr0": ("ffv1", 8),
    "gbrp10le": ("ffv1", 10),
    "gbrp12le": ("ffv1", 12),
    "gray": ("ffv1", 8),
    "uyvy422": ("rawvideo", 8),
    "nv12": ("rawvideo", 8),
    "yuyv422": ("rawvideo", 8),
    "pal8": ("png", 8),
}


@pytest.mark.parametrize("pixels", PACKED)
def test_other_pixel_formats(tmp_path: Path, pixels: str) -> None:
    encoder, depth = PACKED[pixels]
    path = make_film(
        tmp_path / "in.nut", frames=2, encoder=encoder, pixels=pixels, container="nut", content=[in_format(pixels)]
    )
    with open_video(path) as video:
        assert video.info.depth == depth
        frames = list(video)
    for frame in frames:
        assert frame.problem is None
        assert frame.pixels is not None
        top = 255 if depth == 8 else 65535
        seen = frame.pixels[..., :3].astype(float) * (255 / top)
        expected = picture(0).astype(float)
        if pixels == "gray":
            expected = (expected @ [0.299, 0.587, 0.114])[..., None]
        if pixels == "pal8":
            expected = expected[..., 1:2]
        limit = {"gray": 8.0}.get(pixels, 4.0 if encoder == "rawvideo" else 0.3)
        assert np.abs(seen - expected).mean() < limit
