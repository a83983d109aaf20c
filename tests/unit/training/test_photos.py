"""Photographs for training: found, split and reduced."""

from pathlib import Path

import pytest
from PIL import Image

from restore.errors import InputError
from restore.training.photos import decode_photo, split_photos


def test_photographs_are_reduced_to_the_longest_side(mixed_photos: Path) -> None:
    assert decode_photo(mixed_photos / "p0.png", 75).size == (75, 45)
    assert decode_photo(mixed_photos / "p0.png", 500).size == (150, 90)


def test_held_out_photographs_are_never_trained_on(mixed_photos: Path, tmp_path: Path) -> None:
    found = split_photos(mixed_photos)
    learned, held_out = found.learned, found.held_out
    assert held_out
    assert not set(learned) & set(held_out)
    split = tmp_path / "split"
    for part in ("train", "val"):
        (split / part).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(split / part / f"{part}.png")
    found = split_photos(split)
    assert [[path.name for path in paths] for paths in (found.learned, found.held_out)] == [["train.png"], ["val.png"]]
    assert found.chosen_by_user


def test_folders_without_photographs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photographs"):
        split_photos(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        split_photos(tmp_path / "missing")
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    with pytest.raises(InputError, match="single photograph"):
        split_photos(tmp_path)
