"""The command line as a user has it: words in, exit code, stdout and stderr out, with a stand-in for the network.

The stand-in paints every hole in one colour, so that what the program does can be seen without weights and in no time.
"""

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from restore.cli.app import main
from restore.images.picture import Picture
from tests.support.models.listed_videos import Loaded


@dataclass(frozen=True)
class Outcome:
    """What one run left behind."""

    code: int
    out: str
    err: str
    data: bytes

    @property
    def error(self) -> str:
        """The only error line, which must be one line and no traceback."""
        lines = [line for line in self.err.splitlines() if line.startswith("restore: error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the program in this process."""

    def call(*words: str | Path, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        code = main([str(word) for word in words])
        captured = capsysbinary.readouterr()
        return Outcome(code, captured.out.decode("utf-8", "replace"), captured.err.decode("utf-8"), captured.out)

    return call


@dataclass
class Painter:
    """Stands for `restore.pipelines.inpaint.inpainter.Inpainter`; remembers what it was called with.

    The second variant is one level brighter than the first, and so on, up to as many as are `plausible`.
    """

    device: str = "cpu"
    colour: tuple[int, int, int] = (10, 200, 30)
    asked: list[object] = field(default_factory=list)
    loads: list[tuple[object, str]] = field(default_factory=list)
    failure: BaseException | None = None
    plausible: int = 16

    def load(self, name_or_path: object = "inpaint", *, device: str = "auto") -> "Painter":
        self.loads.append((name_or_path, device))
        return self

    def pictures(
        self,
        picture: Picture,
        hole: NDArray[np.bool_],
        options: object = None,
        variants: int = 1,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> Iterator[Picture]:
        self.asked.append(options)
        if self.failure is not None:
            raise self.failure
        if on_progress is not None:
            on_progress(1, 2)
            on_progress(2, 2)
        for rank in range(min(variants, self.plausible)):
            colour = picture.colour.copy()
            colour[hole] = (np.array(self.colour, colour.dtype) + rank) * (257 if picture.depth == 16 else 1)
            yield replace(picture, colour=colour)


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    """Put the stand-in where the command line finds the network."""
    stand_in = Painter()
    monkeypatch.setattr("restore.pipelines.inpaint.inpainter.load_inpainter", stand_in.load)
    return stand_in


@dataclass(frozen=True)
class Desk:
    """The working directory of a test, with a picture and its mask; all 40 px wide and 30 px high."""

    folder: Path
    size: tuple[int, int] = (40, 30)
    box: tuple[int, int, int, int] = (10, 10, 20, 15)
    """The mask's white part: left, top, right, bottom, the last two exclusive."""

    @property
    def image(self) -> Path:
        return self.folder / "photo.png"

    @property
    def mask(self) -> Path:
        return self.folder / "mask.png"

    def pixels(self, seed: int = 0) -> NDArray[np.uint8]:
        """Noise, (30, 40, 3)."""
        return np.random.default_rng(seed).integers(0, 256, (self.size[1], self.size[0], 3), dtype=np.uint8)

    def hole(self, grown: int = 1) -> NDArray[np.bool_]:
        """The mask's white part, grown by some pixels on every side, (30, 40)."""
        left, top, right, bottom = self.box
        hole = np.zeros((self.size[1], self.size[0]), np.bool_)
        hole[top - grown : bottom + grown, left - grown : right + grown] = True
        return hole

    def read(self, name: str | Path) -> NDArray[np.uint8]:
        """The samples of a file in the folder."""
        with Image.open(self.folder / name) as picture:
            return np.asarray(picture)

    def painted(self, painter: "Painter", seed: int = 0, grown: int = 1) -> NDArray[np.uint8]:
        """The noise with the grown mask's part in the stand-in's colour."""
        picture = self.pixels(seed)
        picture[self.hole(grown)] = painter.colour
        return picture

    def save_picture(self, name: str, seed: int = 0) -> Path:
        """Write noise in the format of the name's ending."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(self.pixels(seed)).save(path)
        return path

    def save_mask(self, name: str) -> Path:
        """Write the mask."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mask = Image.new("L", self.size, 0)
        mask.paste(255, self.box)
        mask.save(path)
        return path

    def names(self) -> set[str]:
        """All files in the folder, hidden ones too."""
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def mixer(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Put a mean where the command finds the network."""
    loaded = Loaded()
    monkeypatch.setattr("restore.pipelines.interpolate.interpolator.load_interpolator", loaded.load)
    return loaded


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """`photo.png` and `mask.png` in a folder of their own, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    desk.save_picture("photo.png")
    desk.save_mask("mask.png")
    return desk
