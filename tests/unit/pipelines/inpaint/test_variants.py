"""Several fills of one hole: different ones, by cost, and a single one where no part of the hole is wide."""

import numpy as np
import pytest
import torch

import restore
from restore.errors import UsageError
from restore.images.picture import Picture
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.options import MOST_VARIANTS, InpaintOptions
from tests.support.models.inpainter import photo, random_generator

WIDE = np.zeros((72, 80), dtype=bool)
WIDE[20:52, 24:60] = True
NARROW = np.zeros((72, 80), dtype=bool)
NARROW[20:24, 10:60] = True


@pytest.fixture(scope="module")
def inpainter() -> Inpainter:
    return Inpainter({"regression": random_generator(1), "adversarial": random_generator(2)}, "cpu")


def test_variants_are_the_fills_of_the_next_seeds_by_cost(inpainter: Inpainter) -> None:
    image = photo(72, 80)
    alone = [inpainter.fill(image, WIDE, InpaintOptions(seed=seed)) for seed in (5, 6, 7)]
    assert len({one.values.tobytes() for one in alone}) == 3, "the picture allows different fills"
    costs = [one.cost for one in alone]
    order = sorted(range(3), key=lambda index: (costs[index], index))
    fills = inpainter.fills(image, WIDE, InpaintOptions(seed=5), 3)
    assert [one.cost for one in fills] == sorted(costs)
    for one, index in zip(fills, order, strict=True):
        np.testing.assert_array_equal(one.values, alone[index].values)


def test_a_list_of_images_of_the_same_kind(inpainter: Inpainter) -> None:
    image = photo(72, 80, np.uint16)
    made = inpainter(image, WIDE, dilate=0, variants=3)
    assert len(made) == 3
    for one in made:
        assert one.dtype == np.uint16
        np.testing.assert_array_equal(one[~WIDE], image[~WIDE])
    assert (made[0] != made[1]).any()
    np.testing.assert_array_equal(inpainter(image, WIDE, dilate=0, variants=1)[0], inpainter(image, WIDE, dilate=0))


def test_pictures_come_in_the_same_order(inpainter: Inpainter) -> None:
    picture = Picture(photo(72, 80))
    made = list(inpainter.pictures(picture, WIDE, InpaintOptions(feather=2), 2))
    arrays = inpainter(picture.colour, WIDE, dilate=0, feather=2, variants=2)
    assert len(made) == 2
    for one, array in zip(made, arrays, strict=True):
        np.testing.assert_array_equal(one.colour, array)
    empty = np.zeros_like(WIDE)
    assert [one is picture for one in inpainter.pictures(picture, empty, variants=3)] == [True]


@pytest.mark.parametrize(
    ("hole", "options"),
    [(NARROW, {}), (WIDE, {"fill": "smooth"}), (WIDE, {"detail": 0.0})],
    ids=["narrow", "smooth", "calm"],
)
def test_one_fill_where_pieces_have_no_part(hole: np.ndarray, options: dict[str, object], inpainter: Inpainter) -> None:
    notes: list[str] = []
    made = inpainter(photo(72, 80), hole, variants=4, notify=notes.append, **options)
    assert len(made) == 1
    np.testing.assert_array_equal(made[0], inpainter(photo(72, 80), hole, **options))
    assert sum("only one fill is plausible" in line for line in notes) == 1


def test_a_batch_repeats_the_last_fill_of_an_image_that_has_fewer(inpainter: Inpainter) -> None:
    images = torch.rand(2, 3, 72, 80)
    masks = torch.from_numpy(np.stack([WIDE, NARROW])[:, None]).float()
    made = inpainter(images, masks, dilate=0, variants=2)
    assert [one.shape for one in made] == [images.shape] * 2
    assert not torch.equal(made[0][0], made[1][0])
    assert torch.equal(made[0][1], made[1][1])
    single = inpainter(images[1], masks[1], dilate=0)
    assert torch.equal(made[1][1], single)


def test_extending_has_variants_too(inpainter: Inpainter) -> None:
    image = photo(60, 60)
    made = restore.extend(image, left=45, variants=2, inpainter=inpainter)
    assert [one.shape for one in made] == [(60, 105, 3)] * 2
    assert (made[0] != made[1]).any()


def test_progress_counts_every_variant(inpainter: Inpainter) -> None:
    seen: list[tuple[int, int]] = []
    inpainter(photo(72, 80), WIDE, variants=3, on_progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total in seen} == {len(seen)}


@pytest.mark.parametrize("variants", [0, -1, MOST_VARIANTS + 1])
def test_how_many_there_can_be(variants: int, inpainter: Inpainter) -> None:
    with pytest.raises(UsageError, match=f"variants {variants} is out of range: choose 1 to 16"):
        inpainter(photo(20, 20), WIDE[:20, :20], variants=variants)
