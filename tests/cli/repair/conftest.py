"""A stand-in for the network that finds damage: what is white is damaged, for certain."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.support.models.detector import near


@dataclass
class Seer:
    """Stands for `restore.pipelines.repair.finder.DamageFinder`; remembers what it was loaded with and shown."""

    device: str = "cpu"
    certainty: float = 0.99
    loads: list[tuple[object, str]] = field(default_factory=list)
    shown: list[NDArray[Any]] = field(default_factory=list)

    def load(self, name_or_path: object = "repair", device: str = "auto") -> "Seer":
        self.loads.append((name_or_path, device))
        return self

    def probabilities(
        self,
        colour: NDArray[Any],
        *,
        on_progress: Callable[[int, int], None] | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> NDArray[np.float32]:
        self.shown.append(colour)
        if on_progress is not None:
            on_progress(1, 1)
        white = (colour == np.iinfo(colour.dtype).max).all(axis=2)
        return np.where(white, np.float32(self.certainty), np.float32(0.01))


@pytest.fixture
def seer(monkeypatch: pytest.MonkeyPatch, painter: Any) -> Seer:
    """Put the stand-in where the command finds the network, and the one that paints where it finds the other."""
    stand_in = Seer()
    monkeypatch.setattr("restore.pipelines.repair.finder.load_finder", stand_in.load)
    return stand_in


@dataclass(frozen=True)
class Scans:
    """Pictures of noise, 40 px wide and 30 px high, with a white line of 20 px and a white speck."""

    desk: Any

    def pixels(self, seed: int = 0) -> NDArray[np.uint8]:
        picture: NDArray[np.uint8] = self.desk.pixels(seed) // 2
        picture[8, 5:25] = 255
        picture[20:22, 30:32] = 255
        return picture

    def hole(self, radius: int = 2, *, line: bool = True, speck: bool = True) -> NDArray[np.bool_]:
        """Where a picture is marked, (30, 40)."""
        marked = np.zeros((30, 40), np.bool_)
        marked[8, 5:25] = line
        marked[20:22, 30:32] = speck
        return near(marked, radius)

    def repaired(self, painter: Any, seed: int = 0, **hole: Any) -> NDArray[np.uint8]:
        picture = self.pixels(seed)
        picture[self.hole(**hole)] = painter.colour
        return picture

    def save(self, name: str, seed: int = 0) -> Path:
        path: Path = self.desk.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(self.pixels(seed)).save(path)
        return path


@pytest.fixture
def scans(desk: Any) -> Scans:
    """The same, as `photo.png` in the working directory."""
    scans = Scans(desk)
    scans.save("photo.png")
    desk.mask.unlink()
    return scans
