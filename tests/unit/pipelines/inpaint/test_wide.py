"""Wide parts of a hole: pieces of the picture, mended by a second pass that sees the same crops."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pipelines.inpaint.inpainter import Inpainter

TINY = InpainterConfig(widths=(4, 8), encoder=(0,), middle=1, decoder=(0,))


class Mending(Generator):
    """Makes a fill darker by a tenth, and keeps what it was given."""

    seen: list[tuple[Tensor, Tensor, Tensor]]

    def forward(self, prefill: Tensor, hole: Tensor, texture: Tensor | None = None) -> Tensor:
        assert texture is not None
        type(self).seen.append((prefill, hole, texture))
        return prefill - 0.1 * hole


@pytest.fixture
def sets() -> dict[str, Any]:
    Mending.seen = []
    return {"regression": Generator(TINY), "adversarial": Generator(TINY), "wide": Mending(TINY)}


@pytest.fixture(scope="module")
def picture() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(2).uniform(0.3, 0.7, (160, 200, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def hole() -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A wide square, and a scratch as far away as a picture of this size allows."""
    marked = np.zeros((160, 200), bool)
    marked[90:140, 130:180] = True
    marked[10:13, 10:100] = True
    return marked


def test_the_second_pass_mends_wide_parts_and_no_others(sets: Any, picture: Any, hole: Any) -> None:
    plain = Inpainter({role: sets[role] for role in ("regression", "adversarial")}, "cpu")
    mended = Inpainter(sets, "cpu")
    before, after = (fill(picture, hole, dilate=0) for fill in (plain, mended))
    inside = (slice(92, 138), slice(132, 178))
    assert np.allclose(after[inside], before[inside] - 0.1, atol=1e-5)
    assert (after[10:13] == before[10:13]).all()
    assert (after[~hole] == picture[~hole]).all()
    for prefill, marked, texture in Mending.seen:
        assert not texture[(marked == 0).expand_as(texture)].any()
        assert texture.abs().max() > 0.05
        assert prefill.shape[-2:] == marked.shape[-2:]


def test_pieces_alone_are_not_mended_and_reach_the_rim(sets: Any, picture: Any, hole: Any) -> None:
    made = Inpainter(sets, "cpu")(picture, hole, dilate=0, fill="pieces")
    assert not Mending.seen
    known = {tuple(colour) for colour in picture.reshape(-1, 3).round(2).tolist()}
    rim = made[91, 131:179].round(2).tolist()
    assert sum(tuple(colour) in known for colour in rim) > 0
    assert (made[~hole] == picture[~hole]).all()


def test_detail_goes_from_the_network_to_the_pieces(sets: Any, picture: Any, hole: Any) -> None:
    inpainter = Inpainter(sets, "cpu")
    smooth = inpainter(picture, hole, dilate=0, fill="smooth", detail=0)
    calm, half, full, daring = (inpainter(picture, hole, dilate=0, detail=detail) for detail in (0, 0.25, 0.5, 1))
    assert (calm == smooth).all()
    assert (full == daring).all()
    assert np.allclose(half, (calm + full) / 2, atol=1e-5)


def test_progress_counts_both_passes(sets: Any, picture: Any, hole: Any) -> None:
    seen: list[tuple[int, int]] = []
    Inpainter(sets, "cpu")(picture, hole, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))


def test_what_was_done_is_told_where_a_hole_is_wide(sets: Any, picture: Any, hole: Any) -> None:
    told: list[str] = []
    Inpainter(sets, "cpu")(picture, hole, dilate=0, notify=told.append)
    assert told == ["90% of the hole is wide: it is put together from pieces of the picture"]
    narrow = hole.copy()
    narrow[90:140] = False
    told.clear()
    Inpainter(sets, "cpu")(picture, narrow, dilate=0, notify=told.append)
    assert told == []


def test_a_transparent_part_lends_nothing_and_is_smoothed_over(sets: Any, picture: Any, hole: Any) -> None:
    alpha = np.ones(hole.shape, np.float32)
    alpha[90:140, 60:120] = 0
    colours = np.where(alpha[..., None] > 0, picture, np.float32(1.0))
    made = Inpainter(sets, "cpu")(np.dstack([colours, alpha]), hole, dilate=0)
    assert made[..., :3][hole].max() < 0.9
    assert (made[~hole] == np.dstack([colours, alpha])[~hole]).all()
    assert torch.cat([prefill.flatten() for prefill, _, _ in Mending.seen]).max() < 1.0
