"""Whatever the size, depth, mask and options: outside the grown hole, or what is marked as damage, the picture is the
input to the bit.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.errors import UsageError
from restore.images.picture import Picture
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pipelines.inpaint.extend import Margins, canvas
from restore.pipelines.inpaint.holes import hole_from_mask
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.options import InpaintOptions
from restore.pipelines.inpaint.plan import PlanConfig
from restore.pipelines.repair.finder import DamageFinder
from restore.pipelines.repair.repairer import Repairer
from tests.support.models.detector import random_detector


def random_generator() -> Generator:
    generator = Generator(InpainterConfig(widths=(8, 8), encoder=(1,), middle=1, decoder=(1,)))
    draw = torch.Generator().manual_seed(0)
    for parameter in generator.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * 0.3
    return generator


INPAINTER = Inpainter(
    {"regression": random_generator()},
    "cpu",
    plan_config=PlanConfig(context=8, widest_context=16, core=32, longest=48, reach=16),
)


REPAIRER = Repairer(DamageFinder(random_detector(), "cpu"), INPAINTER)


def grown(marked: np.ndarray, radius: int) -> np.ndarray:
    """Every pixel within `radius` + 1/2 of a marked one, by looking at each."""
    out = np.zeros_like(marked)
    height, width = marked.shape
    for y, x in np.argwhere(marked):
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                inside = 0 <= y + dy < height and 0 <= x + dx < width
                if inside and dy * dy + dx * dx <= (radius + 0.5) ** 2:
                    out[y + dy, x + dx] = True
    return out


@settings(max_examples=60)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    depth=st.sampled_from([8, 16]),
    alpha=st.booleans(),
    grey=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([0.0, 0.001, 0.03, 0.3, 0.9]),
    dilate=st.integers(0, 3),
    feather=st.sampled_from([0, 0, 1, 7]),
    block=st.booleans(),
)
def test_outside_the_grown_hole_nothing_changes(
    *,
    height: int,
    width: int,
    depth: int,
    alpha: bool,
    grey: bool,
    seed: int,
    share: float,
    dilate: int,
    feather: int,
    block: bool,
) -> None:
    draw = np.random.default_rng(seed)
    dtype = np.uint8 if depth == 8 else np.uint16
    top = np.iinfo(dtype).max
    colour = draw.integers(0, top, (height, width, 3), dtype=dtype, endpoint=True)
    if grey:
        colour[:] = colour[..., :1]
    opacity = draw.choice(np.array([0, 1, top], dtype), (height, width)) if alpha else None
    picture = Picture(colour, opacity, grey)
    marked = draw.random((height, width)) < share
    if block:
        marked[: height // 2, : width // 2] = True
    mask = Picture(np.repeat(marked[..., None].astype(np.uint8) * 255, 3, axis=2), None, True)
    options = InpaintOptions(dilate=dilate, feather=feather)

    hole = hole_from_mask(mask, picture, options)
    np.testing.assert_array_equal(hole, grown(marked, dilate))
    if hole.all():
        with pytest.raises(UsageError, match="whole picture"):
            INPAINTER.picture(picture, hole, options)
        return
    result = INPAINTER.picture(picture, hole, options)

    np.testing.assert_array_equal(result.colour[~hole], colour[~hole])
    assert result.colour.dtype == dtype
    if opacity is None:
        assert result.alpha is None
    else:
        np.testing.assert_array_equal(result.alpha, opacity)
    assert (result.metadata, result.grey, result.format) == (picture.metadata, grey, picture.format)
    if grey:
        np.testing.assert_array_equal(result.colour, np.repeat(result.colour[..., :1], 3, axis=2))


@settings(max_examples=30)
@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    margins=st.tuples(*[st.integers(0, 20)] * 4).filter(any),
    depth=st.sampled_from([8, 16]),
    alpha=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_an_extended_picture_holds_the_picture(
    *, size: tuple[int, int], margins: tuple[int, int, int, int], depth: int, alpha: bool, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    dtype = np.uint8 if depth == 8 else np.uint16
    top = np.iinfo(dtype).max
    colour = draw.integers(0, top, (*size, 3), dtype=dtype, endpoint=True)
    opacity = draw.choice(np.array([0, 1, top], dtype), size) if alpha else None
    added = Margins(*margins)
    hole = added.new_part(size[1], size[0])

    result = INPAINTER.picture(canvas(Picture(colour, opacity), added), hole, InpaintOptions(dilate=0))

    assert (result.width, result.height) == added.around(size[1], size[0])
    np.testing.assert_array_equal(result.colour[~hole].reshape(colour.shape), colour)
    assert result.colour.dtype == dtype
    if opacity is not None:
        assert result.alpha is not None
        np.testing.assert_array_equal(result.alpha[~hole].reshape(size), opacity)
        assert (result.alpha[hole] == top).all()


@settings(max_examples=40)
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    dtype=st.sampled_from([np.uint8, np.uint16, np.float32]),
    channels=st.sampled_from([1, 3, 4]),
    sensitivity=st.floats(0, 1),
    dilate=st.integers(0, 3),
    protected=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_repair_changes_only_likely_damage(
    *,
    size: tuple[int, int],
    dtype: type,
    channels: int,
    sensitivity: float,
    dilate: int,
    protected: bool,
    seed: int,
) -> None:
    draw = np.random.default_rng(seed)
    top = 1.0 if dtype is np.float32 else float(np.iinfo(dtype).max)
    image = (draw.random((*size, channels)) * top).astype(dtype)
    keep = draw.random(size) < 0.5
    likely = REPAIRER.find(image) >= 1 / (1 + np.exp(-np.log(19) * (1 - 2 * sensitivity))) - 1e-6
    may_change = grown(likely, dilate) & ~(keep & protected)
    try:
        repaired = REPAIRER(image, sensitivity=sensitivity, dilate=dilate, protect=keep if protected else None)
    except UsageError:
        assert may_change.all()
        return
    assert repaired.dtype == dtype
    np.testing.assert_array_equal(repaired[~may_change], image[~may_change])
    np.testing.assert_array_equal(repaired[..., 3:], image[..., 3:])
