"""Prefills of training samples: right, made once, turned with their picture."""

import pytest
import torch

from restore.models.inpaint.sparse import sparse_fill
from restore.training.inpaint import prefills
from restore.training.inpaint.data import InpaintBatch
from restore.training.inpaint.prefills import Prefills


def batch(numbers: list[int], turns: list[int]) -> InpaintBatch:
    pictures, holes = [], []
    for number in numbers:
        generator = torch.Generator().manual_seed(number)
        pictures.append(torch.randint(0, 256, (3, 32, 32), generator=generator, dtype=torch.uint8))
        holes.append((torch.rand(1, 32, 32, generator=generator) > 0.8).to(torch.uint8))
    return InpaintBatch(torch.stack(pictures), torch.stack(holes), torch.tensor(numbers), torch.tensor(turns))


def test_a_prefill_is_the_sparse_fill_and_known_pixels_are_exact() -> None:
    picture, hole, prefill = Prefills(torch.device("cpu")).prepare(batch([3, 5], [0, 0]))
    assert torch.allclose(prefill, sparse_fill(picture, hole), atol=1e-3)
    assert torch.equal(prefill * (1 - hole), picture * (1 - hole))


def test_all_eight_turns_differ_and_keep_the_three_together() -> None:
    turned = [Prefills(torch.device("cpu")).prepare(batch([7], [turn])) for turn in range(8)]
    for first in range(8):
        picture, hole, prefill = turned[first]
        assert torch.equal(prefill * (1 - hole), picture * (1 - hole))
        assert not any(torch.equal(picture, turned[other][0]) for other in range(8) if other != first)


def test_a_sample_is_filled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []

    def counting(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
        filled.append(len(picture))
        return sparse_fill(picture, hole)

    monkeypatch.setattr(prefills, "sparse_fill", counting)
    store = Prefills(torch.device("cpu"))
    first = store.prepare(batch([1, 2], [0, 0]))[2]
    again = store.prepare(batch([2, 4], [0, 3]))[2]
    assert sum(filled) == 3
    assert torch.equal(again[0], first[1])
