"""Holes from a colour, from transparency, and masks with nothing or everything marked."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.cli.inpaint.masks import AlphaRule, ColourRule, parse_mask_rule
from restore.errors import UsageError


def test_mask_from_colour(run: Any, desk: Any, painter: Any) -> None:
    marked = desk.pixels()
    marked[desk.hole(0)] = (250, 3, 255)
    Image.fromarray(marked).save("marked.png")
    assert run("inpaint", "--mask-from", "ff00ff~5", "marked.png", "--dilate", 0).code == 0
    assert np.array_equal(desk.read("marked.inpainted.png"), desk.painted(painter, grown=0))


def test_mask_from_alpha_makes_the_hole_visible(run: Any, desk: Any, painter: Any) -> None:
    alpha = np.where(desk.hole(0), 0, 200).astype(np.uint8)
    Image.fromarray(np.dstack([desk.pixels(), alpha])).save("cut.png")
    assert run("inpaint", "--mask-from", "alpha", "cut.png", "--dilate", 0).code == 0
    made = desk.read("cut.inpainted.png")
    assert np.array_equal(made[..., :3], desk.painted(painter, grown=0))
    assert np.array_equal(made[..., 3], np.where(desk.hole(0), 255, 200))


def test_an_empty_mask_gets_one_line_and_needs_no_weights(run: Any, desk: Any, painter: Any) -> None:
    Image.new("L", desk.size, 0).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code == 0
    assert done.err.splitlines() == ["restore: note: the mask marks nothing to fill; the picture is written as it is"]
    assert painter.loads == []
    assert np.array_equal(desk.read("photo.inpainted.png"), desk.pixels())


def test_a_full_mask_gets_one_line(run: Any, desk: Any) -> None:
    Image.new("L", desk.size, 255).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code in {2, 4}
    assert done.error.count("\n") == 0
    assert desk.names() == {"photo.png", "mask.png"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("alpha", AlphaRule()),
        ("ff00ff", ColourRule((255, 0, 255), 0)),
        ("#0080FF", ColourRule((0, 128, 255), 0)),
        ("ff00ff~12", ColourRule((255, 0, 255), 12)),
    ],
)
def test_mask_rules(text: str, rule: AlphaRule | ColourRule) -> None:
    assert parse_mask_rule(text) == rule


@pytest.mark.parametrize("text", ["", "pink", "ff00f", "ff00ff~", "ff00ff~256", "ff00ff~-1", "ff00ff12", "alpha~3"])
def test_no_mask_rule(text: str) -> None:
    with pytest.raises(UsageError, match="write alpha, or a colour such as ff00ff"):
        parse_mask_rule(text)
