"""Shapes of real damage: read, divided into learned and held out, and placed."""

from pathlib import Path

import numpy as np
import pytest

from restore.errors import InputError
from restore.synthetic.shapes import Scan, film_window, load_shapes, softened, sprite_at


def test_what_is_held_out_is_never_learned_from(shapes_folder: Path) -> None:
    learned, held_out = load_shapes(shapes_folder)
    assert [scan.outlines[0][1][0, 0] for scan in learned.scans] == [10, 20]
    assert [scan.outlines[0][1][0, 0] for scan in held_out.scans] == [30]
    widths = {
        part: [sprite.shape[1] for sprite in shapes.sprites["hair"]]
        for part, shapes in (("learned", learned), ("held out", held_out))
    }
    assert widths == {"learned": [31, 32, 33, 34], "held out": [30, 35]}
    assert "stain" not in learned.sprites  # the only one is held out


@pytest.mark.parametrize(
    "text", ["{}", "no JSON", '{"labels": [], "scans": [{"width": 1, "height": 1, "artefacts": [[3, [1,1,2,2,3,3]]]}]}']
)
def test_outlines_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "film_artefacts.json").write_text(text)
    with pytest.raises(InputError, match="does not hold outlines"):
        load_shapes(tmp_path)


def test_a_folder_without_shapes_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither"):
        load_shapes(tmp_path)
    folder = tmp_path / "sprites" / "hair"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="cannot read the shape"):
        load_shapes(tmp_path)


def test_a_window_of_a_scan_shows_what_lies_there() -> None:
    corners = np.array([[10, 20], [30, 20], [30, 40], [10, 40]], np.float32)
    scan = Scan(100, 100, [("Dust", corners)], np.array([[10, 20, 30, 40]], np.float32))
    found = film_window(np.random.default_rng(0), scan, 50, 50, 0.5)  # the window is the whole scan, at half its size
    assert found["lines"].max() == 0
    assert found["spots"].sum() == pytest.approx(100, rel=0.15)
    assert found["spots"].max() == 1


def test_a_drawn_shape_is_as_long_as_asked() -> None:
    sprite = np.full((10, 40), 255, np.uint8)
    areas = [sprite_at(np.random.default_rng(seed), sprite, 200, 200, 60).sum() for seed in range(30)]
    assert max(areas) == pytest.approx(60 * 15, rel=0.1)


def test_a_shape_out_of_focus_keeps_its_weight_and_none_vanishes() -> None:
    cover = np.zeros((24, 24), np.float32)
    cover[10:14, 10:14] = 1
    soft = softened(cover, 1.2)
    assert soft.max() < 0.9
    assert soft[9, 12] > 0.1
    assert soft.sum() == pytest.approx(cover.sum(), rel=0.03)
    speck = np.zeros((24, 24), np.float32)
    speck[5, 5] = 0.02
    assert softened(speck, 1.6).any()
