"""Before, mask and after in one picture."""

from typing import Any

import numpy as np
from PIL import Image


def test_preview_shows_before_mask_and_after(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--preview", "look.png", "--dilate", 0)
    assert done.code == 0
    sheet = desk.read("look.png")
    width = desk.size[0]
    gap = (sheet.shape[1] - 3 * width) // 2
    assert sheet.shape == (30, 3 * width + 2 * gap, 3)
    before, mask, after = (sheet[:, left : left + width] for left in (0, width + gap, 2 * (width + gap)))
    assert np.array_equal(before, desk.pixels())
    assert np.array_equal(mask[..., 0] == 255, desk.hole(0))
    assert np.array_equal(after, desk.painted(painter, grown=0))


def test_a_large_preview_is_made_smaller(run: Any, desk: Any, painter: Any) -> None:
    Image.new("RGB", (4000, 100), "teal").save("wide.png")
    mask = Image.new("L", (4000, 100), 0)
    mask.paste(255, (0, 0, 2000, 100))
    mask.save("wide_mask.png")
    assert run("inpaint", "wide.png", "wide_mask.png", "--preview", "look.png").code == 0
    with Image.open("look.png") as sheet:
        assert sheet.width < 6000
        assert sheet.getpixel((5, 5)) == (0, 128, 128)
