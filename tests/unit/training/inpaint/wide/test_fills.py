"""Kept fills: made once, found again, made anew where they are damaged or of something else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from restore.errors import InputError
from restore.models.inpaint.patches import depth_inside
from restore.models.inpaint.sparse import sparse_fill
from restore.models.inpaint.start import start_fill
from restore.training.inpaint.wide import fills
from restore.training.inpaint.wide.cases import Case
from restore.training.inpaint.wide.fills import KeptFills, unpack
from tests.support.training_runs import CPU

SIDE = 48


class Cases:
    """Noise with a square hole, by number; remembers which were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, number: int) -> Case:
        self.asked.append(number)
        rng = np.random.default_rng(number)
        hole = np.zeros((SIDE, SIDE), np.uint8)
        hole[16 : 30 + number, 12:30] = 1
        return rng.integers(60, 200, (3, SIDE, SIDE), dtype=np.uint8), hole


def ignore(_: str) -> None:
    """Takes no notice."""


def complete(folder: Path, count: int = 3, about: dict[str, object] | None = None) -> tuple[KeptFills, list[int]]:
    kept, cases = KeptFills(folder, about or {"of": "noise"}, count, SIDE), Cases()
    kept.complete(cases, None, ignore)
    return kept, sorted(cases.asked)


def test_a_sample_holds_picture_hole_fill_and_texture(tmp_path: Path) -> None:
    kept, _ = complete(tmp_path)
    picture, hole, fill, texture = unpack(torch.from_numpy(kept[1].copy())[None], CPU)
    levels, inside = Cases()(1)
    assert torch.equal(picture, torch.from_numpy(levels)[None] / 255)
    assert torch.equal(hole, torch.from_numpy(inside)[None, None].float())
    made = start_fill(sparse_fill(picture * (1 - hole), hole).clamp(0, 1), hole)
    wanted, laid = made.fill, made.texture
    assert torch.allclose(fill, wanted, atol=0.5 / 255 + 1e-6)
    assert torch.allclose(texture, laid, atol=0.5 / 255 + 1e-6)
    assert torch.equal(fill * (1 - hole), picture * (1 - hole)), "known pixels are exact"


def test_samples_are_made_once(tmp_path: Path) -> None:
    first, asked = complete(tmp_path)
    again, asked_again = complete(tmp_path)
    assert (asked, asked_again) == ([0, 1, 2], [])
    assert again.path == first.path
    assert all(np.array_equal(first[number], again[number]) for number in range(3))


def test_what_was_cut_off_is_made_again(tmp_path: Path) -> None:
    kept, _ = complete(tmp_path)
    before = kept[2].copy()
    kept._samples[2, 5, 20:] = 0  # as after a power cut: the sum is there, the sample is not whole
    kept._samples.flush()
    again, asked = complete(tmp_path)
    assert asked == [2]
    assert np.array_equal(again[2], before)


def test_an_interruption_keeps_what_is_there(tmp_path: Path) -> None:
    class Stopping(Cases):
        def __call__(self, number: int) -> Case:
            if number == 2:
                raise KeyboardInterrupt
            return super().__call__(number)

    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        KeptFills(tmp_path, {"of": "noise"}, 3, SIDE).complete(Stopping(), None, ignore)
    assert torch.get_num_threads() == threads
    assert complete(tmp_path)[1] == [2]


def test_other_data_or_another_version_of_the_fill_have_a_file_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {complete(tmp_path)[0].path, complete(tmp_path, about={"of": "other"})[0].path}
    paths.add(complete(tmp_path, count=2)[0].path)
    monkeypatch.setattr(fills, "VERSION", -1)
    paths.add(complete(tmp_path)[0].path)
    assert len(paths) == 4


def test_a_file_that_holds_something_else_is_named(tmp_path: Path) -> None:
    kept, _ = complete(tmp_path)
    path = kept.path
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with pytest.raises(InputError, match=path.name):
        KeptFills(tmp_path, {"of": "noise"}, 3, SIDE)


def test_fills_start_from_the_networks_answer(tmp_path: Path) -> None:
    class Darkening(torch.nn.Module):
        def forward(self, prefill: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
            return prefill - 0.2 * hole

    picture, hole = Cases()(0)
    plain, _ = fills.fill_of(picture, hole, None)
    dark, _ = fills.fill_of(picture, hole, Darkening())
    rim = (depth_inside(torch.from_numpy(hole) > 0) == 1).expand_as(plain)
    assert float((plain - dark)[rim].mean()) == pytest.approx(0.2, abs=0.05)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    kept = KeptFills(tmp_path, {"of": "noise"}, 3, SIDE)
    kept.complete(Cases(), None, told.append)
    assert told[-1] == f"fills 3 of 3, kept in {kept.path}"
