"""Frames in tiles: the plan covers every pixel once, no seam shows, fast motion is not lost, memory decides."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import RestoreError, UsageError
from restore.models.interpolate.network import Interpolator
from restore.pipelines.interpolate.interpolator import BYTES_PER_PIXEL, FrameInterpolator
from restore.pipelines.interpolate.tiles import SMALLEST, CoarseMotion, compose_tiles, plan_tiles, reduced, reduction
from tests.support.models.interpolator import TINY, grown, waves

SIZE = (150, 230)
LITTLE = 20_000
"""Pixels that "fit" into the memory of these tests."""


def untrained(max_memory: int | None = None) -> FrameInterpolator:
    return FrameInterpolator(Interpolator(TINY), "cpu", max_memory=max_memory)


def cloudy(height: int, width: int) -> NDArray[np.uint8]:
    """Noise of many sizes, as photographs have it."""
    rng = np.random.default_rng(1)
    total = np.zeros((height, width, 3))
    for size in (4, 8, 16, 32, 64):
        noise = Image.fromarray(rng.integers(0, 256, (height // size + 1, width // size + 1, 3), dtype=np.uint8))
        large = noise.resize((noise.width * size, noise.height * size), Image.Resampling.BICUBIC)
        total += size**0.7 * np.asarray(large)[:height, :width]
    total -= total.min()
    return np.rint(total * (255 / total.max())).astype(np.uint8)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Memory runs out above `LITTLE` pixels, the pixels of every attempt."""
    attempts: list[int] = []
    motion = Interpolator.motion

    def limited(network: Interpolator, frame0: Tensor, *rest: Any) -> Any:
        attempts.append(frame0[0, 0].numel())
        if attempts[-1] > LITTLE:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return motion(network, frame0, *rest)

    monkeypatch.setattr(Interpolator, "motion", limited)
    return attempts


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(SMALLEST, 1 << 21))
def test_a_plan_covers_every_pixel_once(height: int, width: int, most: int) -> None:
    plan = plan_tiles(height, width, most)
    assert plan.pixels <= most
    assert plan.whole == (height * width <= most)
    for length, spans in ((height, plan.rows), (width, plan.columns)):
        total = np.zeros(length)
        for span in spans:
            assert span.stop - span.start == spans[0].stop
            assert span.weights.min() >= 0
            total[span.slice] += span.weights
        assert np.abs(total - 1).max() < 1e-6


@pytest.mark.parametrize(("size", "most"), [((1080, 1920), 700_000), ((2160, 3840), 500_000), ((300, 300), SMALLEST)])
def test_neighbours_overlap_widely_and_edges_are_not_used(size: tuple[int, int], most: int) -> None:
    plan = plan_tiles(*size, most)
    for spans in (plan.rows, plan.columns):
        for before, after in pairwise(spans):
            overlap = before.stop - after.start
            assert overlap >= min(max(64, max(size) // 8), (before.stop - before.start) // 2) - 2
            unused = overlap // 4 - 1
            assert not before.weights[-unused:].any()
            assert not after.weights[:unused].any()


def test_tiles_put_together_are_the_frame() -> None:
    frame = np.random.default_rng(0).random((300, 500, 2), np.float32)
    plan = plan_tiles(300, 500, SMALLEST)
    made = compose_tiles(plan, frame.shape, 2, lambda rows, columns: [frame[rows, columns], 1 - frame[rows, columns]])
    assert len(plan.rows) * len(plan.columns) > 10
    assert np.abs(made[0] - frame).max() < 1e-6
    assert np.abs(made[1] - (1 - frame)).max() < 1e-6


def test_no_seam_shows_where_tiles_disagree() -> None:
    """Black and white tiles side by side: no step between two pixels is larger than the fade allows."""
    plan = plan_tiles(400, 600, 60_000)
    starts = [row.start for row in plan.rows], [column.start for column in plan.columns]

    def make(rows: slice, columns: slice) -> list[NDArray[np.float32]]:
        colour = (starts[0].index(rows.start) + starts[1].index(columns.start)) % 2
        return [np.full((rows.stop - rows.start, columns.stop - columns.start, 1), colour, np.float32)]

    frame = compose_tiles(plan, (400, 600, 1), 1, make)[0]
    assert np.ptp(frame) == 1
    assert max(np.abs(np.diff(frame, axis=axis)).max() for axis in (0, 1)) < 1 / 30


def test_short_of_memory_a_frame_is_made_in_tiles(short: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    first, truth, second = (waves(shift, size=SIZE) for shift in (0, 3, 6))
    interpolator = untrained()
    tiled = interpolator.between(first, second, [0.5], effort=1)[0].astype(float)
    assert short[:2] == [150 * 230, 150 * 230 // 4], "the whole, and the overview at half its size"
    assert len(short) >= 5
    tried = len(short)
    interpolator.between(first, second, [0.5], effort=1)
    assert max(short[tried:]) <= LITTLE, "the size that fitted is kept"
    monkeypatch.undo()
    whole = untrained().between(first, second, [0.5], effort=1)[0].astype(float)
    blend = (first.astype(float) + second) / 2
    assert np.abs(tiled - whole).mean() < 0.1
    assert np.abs(tiled - whole).max() <= 3
    assert np.abs(tiled - truth).mean() < 0.2 * np.abs(blend - truth).mean()


def test_a_limit_is_as_good_as_a_failure() -> None:
    """The same tiles for the same memory, and the same frames at any number of times."""
    first, second = waves(0, size=SIZE), waves(6, size=SIZE)
    interpolator = FrameInterpolator(grown(), "cpu", max_memory=LITTLE * BYTES_PER_PIXEL)
    together = interpolator.between(first, second, [0.25, 0.5], effort=1)
    alone = FrameInterpolator(grown(), "cpu", max_memory=LITTLE * BYTES_PER_PIXEL).between(
        first, second, [0.5], effort=1
    )
    assert np.array_equal(together[1], alone[0])
    assert not np.array_equal(FrameInterpolator(grown(), "cpu").between(first, second, [0.5], effort=1)[0], alone[0])


def test_tiles_follow_a_fast_pan() -> None:
    """A tenth of the width; tiles of this size, left to themselves, make it six times worse."""
    picture = cloudy(200, 330)
    first, truth, second = (np.ascontiguousarray(picture[:, left : left + 300]) for left in (0, 15, 30))

    def error(frame: NDArray[Any]) -> float:
        return float(np.abs(frame.astype(float) - truth)[8:-8, 30:-30].mean())

    tiled = untrained(SMALLEST * BYTES_PER_PIXEL).between(first, second, [0.5], effort=1)[0]
    assert error((first.astype(float) + second) / 2) > 10
    assert error(tiled) < 0.1


@pytest.mark.parametrize(
    "failure",
    [
        lambda: RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried"),
        lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        MemoryError,
    ],
)
def test_every_sign_of_short_memory_is_understood(
    monkeypatch: pytest.MonkeyPatch, failure: Callable[[], Exception]
) -> None:
    tried = []

    def fail(_network: Interpolator, frame0: Tensor, *_rest: object) -> None:
        tried.append(frame0[0, 0].numel())
        raise failure()

    monkeypatch.setattr(Interpolator, "motion", fail)
    with pytest.raises(RestoreError, match=r"^not enough memory on cpu even for \d+x\d+ pixels of a frame"):
        untrained().between(waves(0, size=(300, 500)), waves(6, size=(300, 500)), [0.5])
    assert tried[0] == 150_000
    assert len(tried) >= 3
    assert all(after <= before / 2 for before, after in pairwise(tried))


def test_other_failures_are_not_taken_for_short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(Interpolator, "motion", fail)
    with pytest.raises(RuntimeError, match=r"^shapes differ$"):
        untrained().between(waves(0), waves(6), [0.5])


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(UsageError, match="the smallest tile takes"):
        untrained(SMALLEST * BYTES_PER_PIXEL - 1)


def test_an_overview_is_read_where_the_tile_lies() -> None:
    """A flow that grows linearly over the frame is the same linear function in every tile."""
    height, width, scale = 40, 60, (4, 2)
    y = scale[0] * (torch.arange(height // scale[0]) + 0.5)[:, None].expand(-1, width // scale[1])
    x = scale[1] * (torch.arange(width // scale[1]) + 0.5).expand(height // scale[0], -1)
    flow = torch.stack([0.1 * x / scale[1], 0.2 * y / scale[0]]).expand(2, -1, -1, -1)
    rows, columns = slice(9, 31), slice(20, 47)
    inside = CoarseMotion(flow, scale).inside(rows, columns)
    assert inside.shape == (2, 2, 22, 27)
    assert torch.allclose(inside[0, 0], 0.1 * (torch.arange(20, 47) + 0.5).expand(22, -1), atol=1e-4)
    assert torch.allclose(inside[1, 1], 0.2 * (torch.arange(9, 31) + 0.5)[:, None].expand(-1, 27), atol=1e-4)


@pytest.mark.parametrize("size", [(9, 14, 3), (1, 40, 2), (64, 1, 1)])
def test_a_reduced_frame_holds_means(size: tuple[int, int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 65536, size, dtype=np.uint16)
    down, across = reduction(*size[:2], 20)
    small = reduced(frame, (down, across))
    assert small.shape[0] * small.shape[1] <= 20
    for row, column in ((0, 0), (small.shape[0] - 1, small.shape[1] - 1)):
        block = frame[row * down : (row + 1) * down, column * across : (column + 1) * across]
        assert np.abs(small[row, column] - block.astype(float).mean((0, 1)) / 65535).max() < 1e-6
