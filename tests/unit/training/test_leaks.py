"""Leaks between what is learned from and what is held out: found under another name, size or light."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from restore.errors import InputError
from restore.models.filters import blur
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.recipe import build_interpolate
from restore.training.leaks import SIDE, find_leaks, signature, without_leaks
from restore.training.photos import split_photos
from tests.support.training_runs import train_on_cpu
from tests.support.video_clips import make_film


def photo(seed: int, size: tuple[int, int] = (360, 240)) -> Image.Image:
    """Blots of many sizes under a light sky, as most photographs are alike when they are very small."""
    rng = np.random.default_rng(seed)
    picture = np.linspace(200, 60, size[1])[:, None, None] * np.ones((1, size[0], 3))
    for blots, contrast in ((4, 40), (12, 30), (40, 20)):
        grey = Image.fromarray((128 + contrast * rng.normal(0, 1, (blots, blots))).clip(0, 255).astype(np.uint8))
        picture += np.asarray(grey.resize(size, Image.Resampling.BICUBIC), dtype=np.float64)[..., None] - 128
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def unexpected(_: str) -> None:
    raise AssertionError("nothing is to be reported")


def test_copies_are_the_same_picture_and_others_are_not() -> None:
    original = photo(1)
    darker = Image.fromarray((255 * 0.8 * (np.asarray(original) / 255) ** 1.3).astype(np.uint8))
    copies = {"small": original.resize((120, 80)), "dark": darker, "mirrored": ImageOps.mirror(original)}
    others = {f"other {seed}": photo(seed) for seed in range(2, 30)}
    marks = [(name, signature(picture)) for name, picture in {**copies, **others}.items()]
    assert {leak.learned for leak in find_leaks(marks, [("original", signature(original))])} == set(copies)


def test_signatures_are_those_of_our_own_blur() -> None:
    """The released weights' photographs were checked with it; kornia's must not move the limit that was found."""
    for seed in range(8):
        picture = photo(seed)
        small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
        levels = torch.from_numpy(np.array(small, dtype=np.float32))[None, None]
        detail = (levels - blur(levels.clone(), 9, 3.0))[0, 0].numpy()
        assert np.allclose(signature(picture), detail / np.linalg.norm(detail), atol=1e-5)


def test_even_pictures_are_no_copies_of_each_other() -> None:
    blank = signature(Image.new("RGB", (300, 200), "white"))
    assert not blank.any()
    assert blank.shape == (SIDE, SIDE)
    assert find_leaks([("a", blank)], [("b", blank)]) == []
    assert find_leaks([], [("b", blank)]) == []


def test_a_copy_on_both_sides_of_the_user_s_split_is_refused_by_name(tmp_path: Path) -> None:
    for part, seeds in (("train", (1, 2)), ("val", (3,))):
        (tmp_path / part).mkdir()
        for seed in seeds:
            photo(seed).save(tmp_path / part / f"{seed}.png")
    split = split_photos(tmp_path)
    assert without_leaks(split, unexpected) is split
    photo(2).resize((180, 120)).save(tmp_path / "val" / "holiday.jpg", quality=70)
    with pytest.raises(InputError, match=r"train/2\.png is the same picture as .*val/holiday\.jpg"):
        without_leaks(split_photos(tmp_path), unexpected)


def test_a_burst_is_kept_on_one_side(tmp_path: Path) -> None:
    """The first of the sorted names is held out; a second of the same moment is left out of training."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", 3)):
        photo(seed).save(tmp_path / f"{name}.png")
    messages: list[str] = []
    split = without_leaks(split_photos(tmp_path), messages.append)
    assert [path.stem for path in split.learned] == ["c", "d"]
    assert [path.stem for path in split.held_out] == ["a"]
    assert len(messages) == 1
    assert "b.png is the same picture as" in messages[0]


def test_a_folder_of_one_picture_many_times_is_refused(tmp_path: Path) -> None:
    for name in "abc":
        photo(1).save(tmp_path / f"{name}.png")
    with pytest.raises(InputError, match="more of them"):
        without_leaks(split_photos(tmp_path), unexpected)


def test_a_clip_on_both_sides_is_refused_by_name(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("one.mkv", "two.mkv"):
        make_film(clips / name)
    (clips / "VAL.csv").write_text("file\ntwo.mkv\n")

    settings = InterpolateTraining(steps=1, crop=64, batch=1)
    with pytest.raises(InputError, match=r"one\.mkv is the same picture as two\.mkv"):
        train_on_cpu(clips, tmp_path / "run", settings, build_interpolate)
