"""The baselines give the files their libraries write, byte for byte, and read them as those do."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from restore.evaluation.codec.baselines import BASELINES, butteraugli_distance, library_versions, missing
from tests.support.scenes import scene

SCENE = scene(1, 96, 120)
SAVED: dict[str, tuple[float, dict[str, Any]]] = {
    "jpeg": (40, {"format": "JPEG", "quality": 40, "optimize": True}),
    "webp": (31, {"format": "WEBP", "quality": 31, "method": 6}),
    "jpeg2000": (
        0.5,
        {"format": "JPEG2000", "quality_mode": "rates", "quality_layers": [48], "irreversible": True, "mct": 1},
    ),
    "avif": (48, {"format": "AVIF", "quality": 48, "speed": 6, "subsampling": "4:4:4"}),
}


# A Pillow that somebody built may lack a format, which the bench then leaves out. The references may not be lacking.
HERE = [name for name in BASELINES if missing(name) is None]


def test_the_two_references_are_never_missing() -> None:
    assert {"jpeg", "webp"} <= set(HERE)


@pytest.mark.parametrize("name", [name for name in SAVED if name in HERE])
def test_files_are_pillows_own(name: str) -> None:
    quality, options = SAVED[name]
    file = io.BytesIO()
    Image.fromarray(SCENE).save(file, **options)
    codec = BASELINES[name]()
    data = codec.encode(SCENE, quality)
    assert data == file.getvalue()
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(codec.decode(data), np.asarray(image.convert("RGB")))


def test_jpeg_xl_files_are_imagecodecs_own() -> None:
    codec = BASELINES["jpegxl"]()
    data = codec.encode(SCENE, 90)
    assert data == imagecodecs.jpegxl_encode(SCENE, distance=1.0, effort=7)
    assert np.array_equal(codec.decode(data), imagecodecs.jpegxl_decode(data))


@pytest.mark.parametrize(("quality", "distance"), [(100, 0.0), (90, 1.0), (68, 2.98), (30, 6.4), (0, 25.0)])
def test_jpeg_xls_distances_are_libjxls(quality: float, distance: float) -> None:
    """100 to lossless, 90 to the visually lossless 1.0, 68 to 2.98: as `cjxl --help` and its source have them."""
    assert butteraugli_distance(quality) == pytest.approx(distance)


@pytest.mark.parametrize("name", HERE)
def test_qualities_rise_and_so_do_sizes_and_shapes_stay(name: str) -> None:
    codec = BASELINES[name]()
    steps = codec.steps(4)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (codec.qualities[0], codec.qualities[-1])
    sizes = []
    for quality in steps:
        data = codec.encode(scene(1, 97, 123), quality)
        sizes.append(len(data))
        assert codec.decode(data).shape == (97, 123, 3)
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", HERE)
def test_noise_at_the_best_quality_and_a_picture_of_one_pixel_are_coded(name: str) -> None:
    codec = BASELINES[name]()
    noise = np.random.default_rng(2).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    assert codec.decode(codec.encode(noise, codec.qualities[-1])).shape == noise.shape
    if name != "jpeg2000":  # none of its rates holds a header for one pixel
        assert codec.decode(codec.encode(noise[:1, :1], codec.qualities[5])).shape == (1, 1, 3)


def test_steps_are_whole_where_the_scale_is() -> None:
    assert all(step == int(step) for step in BASELINES["jpeg"]().steps(7))
    assert len(BASELINES["jpeg"]().steps(11)) == 11
    assert BASELINES["jpeg"]().steps(1000) == [float(quality) for quality in range(3, 93)]
    assert len(BASELINES["jpeg2000"]().steps(30)) == 30


def test_versions_are_of_the_libraries_that_ran() -> None:
    assert set(library_versions(["jpeg", "jpegxl"])) <= {"pillow", "libjpeg-turbo", "libjxl"}
    assert library_versions([]).keys() == {"pillow"}


def test_a_pillow_without_a_format_gives_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.features.check", lambda _: False)
    assert missing("avif") == "this Pillow was built without AVIF"
    assert missing("jpegxl") is None or "imagecodecs" in str(missing("jpegxl"))
