"""Colours follow the stream's tags, both ways. Expected codes are worked out from ITU-R BT.601, 709 and 2020."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from restore.video.colour import YuvCoding, matrix_of
from restore.video.info import Colour
from restore.video.planes import layout_of
from restore.video.read.opening import open_video
from restore.video.write.encoding import Encoding
from restore.video.write.opening import open_writer
from tests.support.video_clips import decoded, make_film, planes
from tests.support.video_copies import copy_frames

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
BT709 = {RED: (63, 102, 240), GREEN: (173, 42, 26), BLUE: (32, 240, 118), WHITE: (235, 128, 128), BLACK: (16, 128, 128)}
BT601 = {RED: (81, 90, 240), GREEN: (145, 54, 34), BLUE: (41, 240, 110), WHITE: (235, 128, 128), BLACK: (16, 128, 128)}
JPEG = {RED: (76, 85, 255), GREEN: (150, 44, 21), BLUE: (29, 255, 107), WHITE: (255, 128, 128), BLACK: (0, 128, 128)}
BT2020_10 = {RED: (294, 387, 960), WHITE: (940, 512, 512), BLACK: (64, 512, 512)}
CASES = {
    "tagged 709": (BT709, {"colorspace": 1, "color_range": 1}, "yuv444p", (16, 48)),
    "tagged 601": (BT601, {"colorspace": 6, "color_range": 1}, "yuv444p", (16, 48)),
    "tagged 601, tall": (BT601, {"colorspace": 5, "color_range": 1}, "yuv420p", (16, 720)),
    "untagged, 718 lines": (BT601, {}, "yuv420p", (16, 718)),
    "untagged, 720 lines": (BT709, {}, "yuv420p", (16, 720)),
    "full range": (JPEG, {"colorspace": 5, "color_range": 2}, "yuv420p", (16, 48)),
    "2020, 10 bits": (BT2020_10, {"colorspace": 9, "color_range": 1}, "yuv420p10le", (16, 48)),
}


def flat(code: tuple[int, int, int], pixels: str, size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    layout = layout_of(pixels)
    width, height = size
    across, down = layout.step
    dtype = np.uint16 if layout.bits > 8 else np.uint8
    shapes = [(height, width)] + [(-(-height // down), -(-width // across))] * 2
    return tuple(np.full(shape, value, dtype) for shape, value in zip(shapes, code, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_known_codes_come_in_as_their_colours_and_go_out_as_the_same_codes(tmp_path: Path, case: str) -> None:
    table, tags, pixels, size = CASES[case]
    content = [flat(code, pixels, size) for code in table.values()]
    path = make_film(
        tmp_path / "in.mkv", frames=len(table), size=size, encoder="ffv1", pixels=pixels, tags=tags, content=content
    )
    out = tmp_path / "out.mkv"
    with open_video(path) as video, open_writer(out, video.info, Fraction(25)) as writer:
        deep = video.info.depth > 8
        top = 65535 if deep else 255
        for colour, frame in zip(table, video, strict=True):
            assert frame.pixels is not None
            assert frame.pixels.dtype == (np.uint16 if deep else np.uint8)
            error = np.abs(frame.pixels.astype(float) * (255 / top) - np.array(colour))
            assert error.max() <= (0.5 if deep else 2), (colour, frame.pixels[0, 0])
            writer.write(frame.pixels, frame.time)
    for code, frame in zip(table.values(), decoded(out), strict=True):
        assert frame.format.name == pixels
        values = [int(np.unique(plane).item()) for plane in planes(frame)]
        assert np.abs(np.array(values) - code).max() <= 1, (values, code)
        for name in ("colorspace", "color_range"):
            assert getattr(frame, name) in ({tags[name]} if name in tags else {0, 2}), name


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("step", [(2, 2), (2, 1), (1, 1), (4, 1)])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_a_stream_that_is_not_touched_comes_back_to_the_bit(
    bits: int, step: tuple[int, int], full_range: bool, matrix: int
) -> None:
    rng = np.random.default_rng(bits)
    scale = 1 << (bits - 8)
    shapes = [(37, 53)] + [(-(-37 // step[1]), -(-53 // step[0]))] * 2
    ranges = [(80, 170), (118, 138), (118, 138)]  # well within RGB
    dtype = np.uint16 if bits > 8 else np.uint8
    given = [
        rng.integers(low * scale, high * scale, shape).astype(dtype)
        for shape, (low, high) in zip(shapes, ranges, strict=True)
    ]
    coding = YuvCoding(matrix, full_range, bits, step)
    back = coding.to_planes(coding.to_rgb(given))
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(back, given, strict=True))


@pytest.mark.parametrize("full_range", [False, True])
def test_the_formula_by_hand(full_range: bool) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (9, 10, 3), dtype=np.uint8)
    y, u, v = YuvCoding(1, full_range, 8, (1, 1)).to_planes(pixels)
    red, green, blue = (pixels[..., channel] / 255 for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    black, white, chroma = (0, 255, 255) if full_range else (16, 219, 224)
    assert np.abs(y - (black + white * luma)).max() <= 0.501
    assert np.abs(u - np.clip(128 + chroma * (blue - luma) / 1.8556, 0, 255)).max() <= 0.501
    assert np.abs(v - np.clip(128 + chroma * (red - luma) / 1.5748, 0, 255)).max() <= 0.501


def test_which_matrix() -> None:
    assert [matrix_of(Colour(), lines) for lines in (480, 719, 720, 2160)] == [6, 6, 1, 1]
    assert [matrix_of(Colour(matrix=tag), 480) for tag in (1, 5, 9, 2, 0, 8)] == [1, 5, 9, 6, 6, 6]


def test_no_colour_shift_through_a_lossy_encoder(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mp4", options={"crf": "10"}, frames=8)
    out = tmp_path / "out.mp4"
    with open_video(source) as video, open_writer(out, video.info, Fraction(25)) as writer:
        copy_frames(video, writer)
    before = [planes(frame) for frame in decoded(source)]
    after = [planes(frame) for frame in decoded(out)]
    for plane in range(3):
        shift = np.mean([again[plane].astype(int) - first[plane] for first, again in zip(before, after, strict=True)])
        assert abs(shift) < 0.15


@pytest.mark.parametrize("encoding", [Encoding("ffv1"), Encoding("h264", crf=0)])
def test_a_lossless_copy_is_the_source_to_the_bit(tmp_path: Path, encoding: Encoding) -> None:
    source = make_film(tmp_path / "in.mkv", options={"crf": "15"}, frames=6)
    out = tmp_path / "out.mkv"
    with open_video(source) as video, open_writer(out, video.info, Fraction(25), encoding) as writer:
        copy_frames(video, writer)
    for before, after in zip(decoded(source), decoded(out), strict=True):
        for plane, again in zip(planes(before), planes(after), strict=True):
            assert np.array_equal(plane, again)
