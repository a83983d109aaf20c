"""The examples of the documentation run: Python blocks as they stand, commands through the real parser.

Every command is parsed; those on pictures and videos are also planned (`--dry-run`, on empty files of the names that
they use), and one page's worth of them is carried out with the released weights, on pictures of a few pixels.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image

from restore.cli.app import main
from tests.support.markdown_pages import Example, Page, command_of, pages, program
from tests.support.moving_clips import panning, write_clip

MOST_NOT_RUN = 2
"""Blocks of Python that may say that they cannot run here."""
ROOT = Path(__file__).resolve().parents[2]
PAGES = {page.path.relative_to(ROOT).as_posix(): page for page in pages(ROOT)}
PYTHON = [name for name, page in PAGES.items() if any(block.language == "python" for block in page.examples)]
PLANNED = ("repair", "inpaint", "extend", "compress", "decompress", "interpolate")
"""Commands with `--dry-run`."""


def commands_in(line: str) -> Iterator[list[str]]:
    """The words after `restore` of each call in a line of shell, without redirections."""
    for part in re.split(r"\||&&", line):
        words = shlex.split(re.sub(r"[<>]\s*\S+", "", part), comments=True)
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            words.pop(0)
        if words[:1] == ["torchrun"]:
            words = words[words.index("-m") + 1 :]
        if words and Path(words[0]).name == "restore":
            yield words[1:]


def documented_commands() -> list[Any]:
    """Every `restore …` in the pages' shell blocks."""
    return [
        pytest.param(words, id=f"{name}:{block.line + offset} {' '.join(words)}")
        for name, page in PAGES.items()
        for block in page.examples
        if block.language == "sh"
        for offset, line in enumerate(block.text.splitlines())
        for words in commands_in(line)
    ]


def commands_in_help() -> list[Any]:
    """Every example in the help texts; two spaces end the command."""
    helps = [(name, command) for name, command in program().commands.items()]
    return [
        pytest.param(words, id=f"{name} --help: {' '.join(words)}")
        for name, command in helps
        for line in (command.help or "").splitlines()
        if line.strip().startswith("restore ")
        for words in commands_in(re.split(r"\s{2,}", line.strip())[0])
    ]


COMMANDS = documented_commands() + commands_in_help()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Pictures of a few pixels are done sooner by one thread than by several that wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def pictures(folder: Path, one_thread: None) -> dict[str, Any]:
    """What the Python examples call `image`, `mask`, `frame0` and so on, and the files that they open."""
    frames = [Image.fromarray(frame) for frame in panning(3)]
    mask = np.zeros((48, 64), np.uint8)
    mask[20:26, 30:40] = 255
    write_clip(folder / "clip.mkv", panning(4))
    (folder / "clip.mkv").rename(folder / "clip.mp4")  # what it is, is read from its first bytes
    image, marked = frames[0], Image.fromarray(mask)
    arrays = [np.asarray(frame) for frame in frames]
    return {
        "image": image,
        "mask": marked,
        "pairs": [(image, marked)],
        "frame0": frames[0],
        "frame1": frames[1],
        "frames": frames,
        "array": arrays[0],
        "arrays": arrays[:1],
    }


@pytest.mark.parametrize("name", PYTHON)
def test_the_python_of_a_page_runs(name: str, pictures: dict[str, Any]) -> None:
    for block in PAGES[name].examples:
        if block.language == "python" and block.not_run is None:
            source = "\n" * (block.line - 1) + block.text  # a traceback then names the page's line
            exec(compile(source, name, "exec"), pictures)


def test_few_examples_cannot_run() -> None:
    python = [block for page in PAGES.values() for block in page.examples if block.language == "python"]
    assert len(python) > 8
    assert len([block for block in python if block.not_run]) <= MOST_NOT_RUN


def test_blocks_say_what_they_are() -> None:
    guides = [page for name, page in PAGES.items() if name == "README.md" or name.startswith("docs/")]
    unnamed = [f"{page.path.name}:{block.line}" for page in guides for block in page.examples if not block.language]
    assert unnamed == []


@pytest.mark.parametrize("words", COMMANDS)
def test_a_documented_command_can_be_parsed(words: list[str]) -> None:
    command, rest = command_of(words)
    if not rest or rest[0].startswith("--install"):
        return
    try:
        context = command.make_context("restore", rest)
    except typer.TyperException as error:
        pytest.fail(error.format_message())
    assert context.params


def invented(words: list[str], folder: Path) -> list[str]:
    """Make the files and folders that a command reads, empty ones; returns the words with `*.jpg` written out."""
    command, rest = command_of(words)
    context = command.make_context("restore", list(rest))
    video = words[0] == "interpolate"
    names = [*(context.params.get("paths") or []), *(context.params.get("between") or [])]
    names += [context.params[mask] for mask in ("mask", "protect", "also") if context.params.get(mask)]
    inside = {"decompress": ["a.ric"], "interpolate": ["a.mp4"]}.get(words[0], ["a.png"])
    if context.params.get("rate"):
        inside = ["01.png", "02.png"]
    for name in names:
        path = folder / name.replace("*", "any")
        if name.endswith("/"):
            path.mkdir()
            for file in inside if video or "mask" not in name else ["a_mask.png"]:
                (path / file).touch()
        elif name != "-":
            path.touch()
    return [word.replace("*", "any") if word in names else word for word in words]


@pytest.mark.parametrize("words", [one for one in COMMANDS if one.values[0] and one.values[0][0] in PLANNED])
def test_a_documented_command_would_do_something(words: list[str], folder: Path, capsys: Any) -> None:
    if any(word.startswith((".venv/", "tests/")) for word in words):
        return  # the first command of the README, which .ci/run carries out
    assert main([*invented(words, folder), "--dry-run"]) == 0, capsys.readouterr().err
    assert "->" in capsys.readouterr().out


def shell_lines(page: Page, heading: str) -> list[str]:
    """The commands of the block below a heading."""
    line = page.text[: page.text.index(f"\n## {heading}\n")].count("\n")
    block: Example = next(one for one in page.examples if one.line > line)
    return block.text.splitlines()


def test_commands_of_the_front_page_make_what_they_say(pictures: dict[str, Any], folder: Path, capsys: Any) -> None:
    frames = pictures["frames"]
    for name, picture in {
        "photo.jpg": frames[0],
        "photo.png": frames[0],
        "a.png": frames[1],
        "b.png": frames[2],
    }.items():
        picture.save(folder / name)
    pictures["mask"].save(folder / "mask.png")
    page = PAGES["README.md"]
    lines = shell_lines(page, "Fill what is damaged or unwanted")[:1] + shell_lines(page, "Compress pictures")
    lines += shell_lines(page, "Make video smoother, or slow")[-1:]
    for line in lines:
        for words in commands_in(line):
            if "photos/" not in words and "--size" not in words:
                assert main(words) == 0, capsys.readouterr().err
    made = {path.name for path in folder.iterdir()}
    assert {"photo.inpainted.png", "photo.ric", "photo.decoded.png"} <= made
    assert {f"a.between{number}.png" for number in (1, 2, 3)} <= made
