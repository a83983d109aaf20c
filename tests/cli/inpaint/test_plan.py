"""Which mask belongs to which picture."""

from pathlib import Path

import pytest

from restore.cli.inpaint.masks import ColourRule
from restore.cli.inpaint.plan import Pair, find_pairs
from restore.errors import UsageError

SUFFIXES = frozenset({".png", ".jpg", ".tif"})


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def matched(pairs: list[Pair]) -> dict[str, str | None]:
    return {pair.image.name: pair.mask.name if isinstance(pair.mask, Path) else None for pair in pairs}


def test_folders_are_matched_by_stem(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "b.jpg", "a.jpg", "c.tif", "notes.txt", ".hidden.jpg")
    masks = touch(tmp_path / "masks", "a.png", "b_mask.png", "c.png", "unused.png")
    pairs = find_pairs([str(photos), str(masks)], None, None, SUFFIXES)
    assert [pair.image.name for pair in pairs] == ["a.jpg", "b.jpg", "c.tif"]
    assert matched(pairs) == {"a.jpg": "a.png", "b.jpg": "b_mask.png", "c.tif": "c.png"}
    assert all(pair.problem is None for pair in pairs)


def test_one_folder_holds_both(tmp_path: Path) -> None:
    both = touch(tmp_path / "both", "a.png", "a_mask.png", "b.png", "b_mask.png")
    pairs = find_pairs([str(both), str(both)], None, None, SUFFIXES)
    assert matched(pairs) == {"a.png": "a_mask.png", "b.png": "b_mask.png"}


def test_results_of_an_earlier_run_are_no_pictures(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "a.inpainted.png", "a.preview.png")
    masks = touch(tmp_path / "masks", "a.png")
    assert matched(find_pairs([str(photos), str(masks)], None, None, SUFFIXES)) == {"a.png": "a.png"}
    touch(photos, "a.repaired.2.png", "a.extended.png", "b.repaired.png")
    touch(masks, "b.repaired.png")
    pairs = find_pairs([str(photos), str(masks)], None, None, SUFFIXES)
    assert matched(pairs) == {"a.png": "a.png", "b.repaired.png": "b.repaired.png"}


def test_a_picture_without_its_mask_is_that_pictures_problem(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "b.png")
    masks = touch(tmp_path / "masks", "a.png")
    fine, lonely = find_pairs([str(photos), str(masks)], None, None, SUFFIXES)
    assert fine.problem is None
    assert "b.png or b_mask.png" in str(lonely.problem)


def test_two_masks_for_one_picture_are_not_guessed_between(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "b.png")
    masks = touch(tmp_path / "masks", "a.png", "a_mask.png", "b.png")
    doubtful, fine = find_pairs([str(photos), str(masks)], None, None, SUFFIXES)
    assert "a.png and a_mask.png" in str(doubtful.problem)
    assert fine.problem is None


def test_no_mask_fits_at_all(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png")
    masks = touch(tmp_path / "masks", "z.png")
    with pytest.raises(UsageError, match=r"a\.jpg needs a\.png or a_mask\.png"):
        find_pairs([str(photos), str(masks)], None, None, SUFFIXES)


def test_one_mask_for_files_and_folders(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "b.png")
    single = touch(tmp_path, "c.jpg", "logo.png")
    pairs = find_pairs([str(photos), str(single / "c.jpg")], str(single / "logo.png"), None, SUFFIXES)
    assert matched(pairs) == {"a.png": "logo.png", "b.png": "logo.png", "c.jpg": "logo.png"}


def test_a_folder_of_masks_for_named_pictures(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "b.png")
    masks = touch(tmp_path / "masks", "a.png", "b.png")
    pairs = find_pairs([str(photos / "b.png")], str(masks), None, SUFFIXES)
    assert matched(pairs) == {"b.png": "b.png"}


def test_a_picture_named_twice_is_done_once(tmp_path: Path) -> None:
    photos = touch(tmp_path / "photos", "a.png", "b.png")
    pairs = find_pairs([str(photos), str(photos / "a.png")], None, "ff00ff", SUFFIXES)
    assert [pair.image.name for pair in pairs] == ["a.png", "b.png"]
    assert pairs[0].mask == ColourRule((255, 0, 255))


@pytest.mark.parametrize(
    ("paths", "mask", "rule", "message"),
    [
        ([], None, None, "no picture given"),
        (["a.png"], None, None, "a.png: no mask given"),
        (["a.png", "m.png", "b.png"], None, None, "3 files given without --mask"),
        (["a.png"], "m.png", "alpha", "exclude each other"),
        ([], "m.png", None, "no picture given"),
        (["-", "-"], None, None, "stdin and can be read once"),
        (["-"], "-", None, "stdin and can be read once"),
        (["photos", "m.png"], None, None, "--mask m.png photos"),
        (["a.png", "photos"], None, None, "--mask photos a.png"),
        (["a.png", "nowhere.png"], None, None, "nowhere.png: no such file for the mask"),
        (["nowhere.png", "m.png"], None, None, "nowhere.png: no such file"),
        (["a.png"], "nowhere.png", None, "nowhere.png: no such file for the mask"),
        (["empty"], "m.png", None, "no pictures in this folder"),
    ],
)
def test_refusals_say_what_to_do(
    paths: list[str],
    mask: str | None,
    rule: str | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.png", "b.png", "m.png")
    touch(tmp_path / "photos", "x.png")
    touch(tmp_path / "empty")
    with pytest.raises(UsageError) as refusal:
        find_pairs(paths, mask, rule, SUFFIXES)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
