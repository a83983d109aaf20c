"""A folder of damage shapes as `load_shapes` reads it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def shapes_folder(tmp_path: Path) -> Path:
    scans = [
        {
            "width": 400,
            "height": 300,
            "artefacts": [[0, [10 * n, 50, 10 * n + 6, 50, 10 * n + 6, 56]], [1, [5, 9, 90, 9, 90, 11]]],
        }
        for n in (1, 2, 3)
    ]
    (tmp_path / "film_artefacts.json").write_text(json.dumps({"labels": ["Dust", "Scratch"], "scans": scans}))
    for kind, count in (("hair", 6), ("stain", 1)):
        folder = tmp_path / "sprites" / kind
        folder.mkdir(parents=True)
        for number in range(count):
            level = np.full((20, 30 + number), 255, np.uint8)
            Image.fromarray(level).save(folder / f"{number:03}.webp", lossless=True)
    return tmp_path
