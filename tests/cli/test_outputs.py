"""Where results go, and what is refused before any work."""

import os
from pathlib import Path

import pytest

from restore.cli.outputs import STDIO, Planned, default_name, plan
from restore.errors import OutputError, UsageError


def name(path: Path) -> str:
    return default_name(path, "done", ".png")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for file in ("a.jpg", "b.jpg", "old.png"):
        Path(file).touch()
    Path("folder").mkdir()
    return tmp_path


def test_default_lies_beside_the_input(here: Path) -> None:
    Path("folder/c.x.tif").touch()
    assert plan([Path("a.jpg"), Path("folder/c.x.tif")], None, name) == [
        Planned(Path("a.done.png")),
        Planned(Path("folder/c.x.done.png")),
    ]


def test_stdin_goes_to_stdout_by_default(here: Path) -> None:
    assert plan([STDIO], None, name) == [Planned(STDIO)]
    assert plan([STDIO], "folder", name) == [Planned(Path("folder/stdin.done.png"))]


@pytest.mark.parametrize(
    ("target", "path"),
    [("x.png", "x.png"), ("folder", "folder/a.done.png"), ("folder/", "folder/a.done.png"), ("new/", "new/a.done.png")],
)
def test_a_file_or_a_folder(here: Path, target: str, path: str) -> None:
    assert plan([Path("a.jpg")], target, name) == [Planned(Path(path))]
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("sources", "target", "message"),
    [
        (["a.jpg", "b.jpg"], "x.png", "one file for several inputs; give a folder, such as -o x.png/"),
        (["a.jpg", "b.jpg"], "-", "stdout takes one picture"),
        (["a.jpg"], "old.png", "old.png: exists already; --force overwrites"),
        (["a.jpg"], "a.jpg", "a.jpg: the output would overwrite an input"),
        (["a.jpg"], "./folder/../a.jpg", "the output would overwrite an input"),
    ],
)
def test_refusals(here: Path, sources: list[str], target: str, message: str) -> None:
    paths = [Path(source) for source in sources]
    with pytest.raises(UsageError) as refusal:
        plan(paths, target, name, inputs=paths)
    assert message in str(refusal.value)


def test_an_input_is_never_overwritten_even_by_force(here: Path) -> None:
    os.link("a.jpg", "same.jpg")
    os.symlink("a.jpg", "link.jpg")
    for target in ("a.jpg", "same.jpg", "link.jpg", "b.jpg"):
        with pytest.raises(UsageError, match="overwrite an input"):
            plan([Path("a.jpg")], target, name, inputs=[Path("a.jpg"), Path("b.jpg")], force=True)


def test_two_inputs_of_one_stem_are_both_named(here: Path) -> None:
    Path("a.tif").touch()
    with pytest.raises(UsageError, match=r"a\.tif and a\.jpg would both be written to a\.done\.png"):
        plan([Path("a.jpg"), Path("a.tif")], None, name)


def test_a_name_meant_for_something_else(here: Path) -> None:
    with pytest.raises(UsageError, match=r"would both be written to x\.png"):
        plan([Path("a.jpg")], "x.png", name, option="--preview", others=[Path("x.png")])


def test_force_and_skip(here: Path) -> None:
    assert plan([Path("a.jpg")], "old.png", name, force=True) == [Planned(Path("old.png"), skip=False)]
    with pytest.raises(UsageError, match="--force overwrites, --skip-existing leaves it, --csv names another"):
        plan([Path("a.jpg")], "old.png", name, option="--csv")
    with pytest.raises(UsageError, match="--force overwrites, --csv names another"):
        plan([Path("a.jpg")], "old.png", name, option="--csv", skippable=False)
    assert plan([Path("a.jpg")], "old.png", name, skip_existing=True) == [Planned(Path("old.png"), skip=True)]


@pytest.mark.parametrize("target", ["nowhere/x.png", "a.jpg/x.png", "a.jpg/"])
def test_a_place_that_cannot_be_written(here: Path, target: str) -> None:
    with pytest.raises(OutputError, match="-o"):
        plan([Path("b.jpg")], target, name)


def test_a_device_is_no_file_to_protect(here: Path) -> None:
    assert plan([Path("a.jpg")], "/dev/null", name) == [Planned(Path("/dev/null"))]
