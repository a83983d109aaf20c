import copy
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from restore import pretrained
from restore.errors import RestoreError, UsageError, WeightsError
from restore.images.picture import Picture
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.models.inpaint.sparse import sparse_fill
from restore.pipelines.inpaint import inpainter as module
from restore.pipelines.inpaint.inpainter import Inpainter, load_inpainter
from restore.pipelines.inpaint.networks import KIND
from restore.pipelines.inpaint.options import InpaintOptions
from restore.pipelines.inpaint.plan import PlanConfig
from tests.support.models.inpainter import TINY, photo, random_generator, spots

SMALL_CROPS = PlanConfig(context=16, widest_context=32, core=64, longest=160, reach=48)


@pytest.fixture(scope="module")
def inpainter() -> Inpainter:
    return Inpainter(
        {"regression": random_generator(1), "adversarial": random_generator(2)}, "cpu", plan_config=SMALL_CROPS
    )


def test_without_weights_it_is_the_sparse_fill() -> None:
    image, hole = photo(60, 70), spots(60, 70)
    expected = sparse_fill(
        torch.from_numpy(image).permute(2, 0, 1)[None] / 255, torch.from_numpy(hole)[None, None].float()
    )
    expected = (expected[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    np.testing.assert_array_equal(Inpainter({}, "cpu")(image, hole, dilate=0), expected)


def test_the_network_fills_the_hole(inpainter: Inpainter) -> None:
    image, hole = photo(60, 70), spots(60, 70)
    filled = inpainter(image, hole, dilate=0)
    classical = Inpainter({}, "cpu", plan_config=SMALL_CROPS)(image, hole, dilate=0)
    assert (filled[hole] != classical[hole]).mean() > 0.5


def test_a_second_hole_far_away_changes_no_pixel_of_the_first_ones_result(inpainter: Inpainter) -> None:
    image = photo(400, 700, np.uint16)
    first = np.zeros((400, 700), dtype=bool)
    first[50:90, 40:120] = first[120, 20:260] = True
    both = first.copy()
    both[300:340, 560:600] = True
    both[250:390, 450:460] = True
    alone = inpainter(image, first)
    together = inpainter(image, both)
    np.testing.assert_array_equal(alone[:200], together[:200])
    assert not np.array_equal(alone[200:], together[200:])


def test_what_lies_under_the_hole_does_not_matter(inpainter: Inpainter) -> None:
    image, hole = photo(100, 90), spots(100, 90)
    other = image.copy()
    other[hole] = 255 - other[hole]
    np.testing.assert_array_equal(inpainter(image, hole), inpainter(other, hole))


def test_memory_changes_how_many_run_at_once_and_no_bit() -> None:
    running, most, lock = 0, 0, threading.Lock()

    class Counting(Generator):
        def forward(self, prefill: Tensor, hole: Tensor) -> Tensor:
            nonlocal running, most
            with lock:
                running, most = running + 1, max(most, running + 1)
            time.sleep(0.005)
            try:
                return super().forward(prefill, hole)
            finally:
                with lock:
                    running -= 1

    generator = Counting(TINY)
    generator.load_state_dict(random_generator(3).state_dict())
    crowd = Inpainter({"regression": generator}, "cpu", plan_config=SMALL_CROPS, at_once=4)
    image, hole = photo(300, 400), spots(300, 400, 0.05)
    results, crowds = [], []
    for memory in (None, 10**12, 3 * 10**6, 1):
        most = 0
        results.append(crowd(image, hole, max_memory=memory))
        crowds.append(most)
    assert crowds[3] == 1
    assert crowds[0] > 1
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_too_little_memory_for_one_is_noted(inpainter: Inpainter) -> None:
    notes: list[str] = []
    inpainter(photo(60, 60), spots(60, 60), max_memory=1000, notify=notes.append)
    assert len(notes) == 1
    assert "one at a time" in notes[0]


class Greedy(nn.Module):
    """Runs out of memory until it has been called `failures` times."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, prefill: Tensor, hole: Tensor) -> Tensor:
        if self.failures > 0:
            self.failures -= 1
            raise torch.OutOfMemoryError("out of memory")
        return prefill + hole * self.scale


def test_out_of_memory_runs_fewer_at_once_and_ends_at_the_same_picture() -> None:
    image, hole = photo(300, 300), spots(300, 300, 0.05)
    notes: list[str] = []
    greedy = Inpainter({"regression": Greedy(1)}, "cpu", plan_config=SMALL_CROPS, at_once=4)
    result = greedy(image, hole, notify=notes.append)
    assert [line.rsplit(" ", 1)[1] for line in notes] == ["2"]
    np.testing.assert_array_equal(result, Inpainter({}, "cpu", plan_config=SMALL_CROPS)(image, hole))


def test_out_of_memory_with_a_single_crop_is_one_line() -> None:
    greedy = Inpainter({"regression": Greedy(10**9)}, "cpu")
    with pytest.raises(RestoreError, match="not enough memory for a single crop"):
        greedy(photo(40, 40), spots(40, 40))


def test_progress_counts_every_crop(inpainter: Inpainter) -> None:
    hole = spots(400, 500, 0.03)
    hole[100:300, 100:300] = True
    seen: list[tuple[int, int]] = []
    inpainter(photo(400, 500), hole, on_progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total in seen} == {len(seen)}


def test_an_empty_mask_gives_the_picture_back_with_a_note(inpainter: Inpainter) -> None:
    picture, notes = Picture(photo(20, 30)), []
    assert inpainter.picture(picture, np.zeros((20, 30), dtype=bool), notify=notes.append) is picture
    assert len(notes) == 1
    assert "empty" in notes[0]
    np.testing.assert_array_equal(inpainter(picture.colour, np.zeros((20, 30), dtype=bool)), picture.colour)


def test_a_full_mask_is_refused(inpainter: Inpainter) -> None:
    with pytest.raises(UsageError, match="covers the whole picture"):
        inpainter(photo(20, 30), np.ones((20, 30), dtype=bool))
    with pytest.raises(UsageError, match="covers the whole picture"):
        inpainter(photo(1, 1), np.ones((1, 1), dtype=bool))


def test_another_size_is_refused_with_both(inpainter: Inpainter) -> None:
    with pytest.raises(UsageError, match="mask is 30x21 but the image is 30x20"):
        inpainter(photo(20, 30), np.ones((21, 30), dtype=bool))
    with pytest.raises(UsageError, match="hole is 30x21"):
        inpainter.picture(Picture(photo(20, 30)), np.ones((21, 30), dtype=bool))


def test_grey_stays_grey(inpainter: Inpainter) -> None:
    plane = photo(50, 60)[..., 0]
    picture = Picture(np.repeat(plane[..., None], 3, axis=2), grey=True)
    filled = inpainter.picture(picture, spots(50, 60)).colour
    np.testing.assert_array_equal(filled[..., 0], filled[..., 1])
    np.testing.assert_array_equal(filled[..., 0], filled[..., 2])
    assert not np.array_equal(filled, picture.colour)


def test_a_grey_picture_stored_in_colour_stays_grey(inpainter: Inpainter) -> None:
    """As scans of black-and-white photographs are; what lies under the hole, a coloured stain, does not count."""
    plane = np.random.default_rng(5).integers(0, 256, (40, 52), np.uint8)
    colour = np.repeat(plane[..., None], 3, axis=2)
    hole = np.zeros((40, 52), np.bool_)
    hole[10:20, 12:30] = True
    colour[hole] = (200, 120, 40)
    filled = inpainter.fill(colour, hole, InpaintOptions()).values
    assert np.ptp(filled, axis=1).max() == 0
    colour[0, 0] = (9, 8, 7)
    assert np.ptp(inpainter.fill(colour, hole, InpaintOptions()).values, axis=1).max() > 0


def test_alpha_is_kept_and_the_colour_under_transparency_lends_nothing(inpainter: Inpainter) -> None:
    image, hole = photo(80, 80), np.zeros((80, 80), dtype=bool)
    hole[30:40, 30:40] = True
    alpha = np.full((80, 80), 255, np.uint8)
    alpha[:, 45:] = 0
    alpha[35, 35] = 77
    picture = Picture(image, alpha)
    filled = inpainter.picture(picture, hole)
    np.testing.assert_array_equal(filled.alpha, alpha)
    hidden = image.copy()
    hidden[:, 45:] = 0
    np.testing.assert_array_equal(filled.colour[hole], inpainter.picture(Picture(hidden, alpha), hole).colour[hole])


def test_an_invisible_picture_is_filled_from_its_colours(inpainter: Inpainter) -> None:
    image, hole = photo(40, 40), spots(40, 40)
    clear = Picture(image, np.zeros((40, 40), np.uint8))
    np.testing.assert_array_equal(inpainter.picture(clear, hole).colour, inpainter.picture(Picture(image), hole).colour)


def test_a_feather_blends_the_original_into_the_fill_inside_the_hole_only(inpainter: Inpainter) -> None:
    image = photo(60, 80)
    hole = np.zeros((60, 80), dtype=bool)
    hole[:, 40:] = True
    plain = inpainter(image, hole, dilate=0).astype(float)
    feathered = inpainter(image, hole, dilate=0, feather=4).astype(float)
    np.testing.assert_array_equal(feathered[:, :40], image[:, :40])
    for depth, share in enumerate((0.2, 0.4, 0.6, 0.8, 1.0)):
        mixed = image[:, 40 + depth] + share * (plain[:, 40 + depth] - image[:, 40 + depth])
        np.testing.assert_allclose(feathered[:, 40 + depth], mixed, atol=1.01)


def test_a_network_that_gives_no_numbers_is_an_error() -> None:
    broken = random_generator(1)
    with torch.no_grad():
        broken.head.bias[0] = float("inf")
    with pytest.raises(WeightsError, match="no numbers"):
        Inpainter({"regression": broken}, "cpu")(photo(40, 40), spots(40, 40))


def test_the_callers_generator_is_left_alone() -> None:
    mine = random_generator(1).train()
    before = copy.deepcopy(mine.state_dict())
    Inpainter({"regression": mine}, "cpu")(photo(40, 40), spots(40, 40))
    assert mine.training
    assert all(torch.equal(value, before[name]) for name, value in mine.state_dict().items())
    assert all(parameter.requires_grad for parameter in mine.parameters())


def test_random_numbers_of_the_caller_are_left_alone(inpainter: Inpainter) -> None:
    state = torch.get_rng_state()
    inpainter(photo(40, 40), spots(40, 40), seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def save(path: Path, role: str, **changes: object) -> None:
    options = {"kind": KIND, "role": role, "config": TINY.as_dict(), "training": {}} | changes
    pretrained.save_weights(path, random_generator(1).state_dict(), **options)


def test_load_reads_what_was_saved(tmp_path: Path) -> None:
    save(tmp_path / "inpaint-regression.safetensors", "regression")
    image, hole = photo(40, 40), spots(40, 40)
    loaded = load_inpainter(tmp_path, device="cpu")(image, hole)
    halves = random_generator(1).half().float()
    np.testing.assert_array_equal(loaded, Inpainter({"regression": halves}, "cpu")(image, hole))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "codec.vae"}, "kind 'codec.vae'"),
        ({"config": {"depth": 3}}, "do not fit this version"),
        ({"config": InpainterConfig().as_dict()}, "do not fit this version"),
        ({"config": {"widths": [3]}}, "do not fit this version"),
    ],
)
def test_load_refuses_weights_of_another_model(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    save(tmp_path / "w.safetensors", "regression", **changes)
    with pytest.raises(WeightsError, match=message):
        load_inpainter(tmp_path / "w.safetensors", device="cpu")


def test_inpaint_loads_once(monkeypatch: pytest.MonkeyPatch, inpainter: Inpainter) -> None:
    calls: list[str] = []

    def counted(name: str, *, device: str) -> Inpainter:
        calls.append(name)
        return inpainter

    monkeypatch.setattr(module, "load_once", module.lru_cache(counted))
    image, hole = photo(40, 40), spots(40, 40)
    first = module.inpaint(image, hole, device="cpu", detail=0.5)
    np.testing.assert_array_equal(first, module.inpaint(image, hole, device="cpu", detail=0.5))
    assert calls == ["inpaint"]


def test_an_option_nobody_knows_is_a_type_error(inpainter: Inpainter) -> None:
    with pytest.raises(TypeError, match="colour"):
        inpainter(photo(20, 20), spots(20, 20), colour="red")
