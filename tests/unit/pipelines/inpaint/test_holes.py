import numpy as np
import pytest

from restore.errors import UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pipelines.inpaint.holes import hole_from_alpha, hole_from_colour, hole_from_mask
from restore.pipelines.inpaint.options import InpaintOptions

EXACT = InpaintOptions(dilate=0)


def grey(values: np.ndarray) -> Picture:
    return Picture(np.repeat(values[..., None], 3, axis=2), None, True)


def blank(height: int, width: int, orientation: int = 1) -> Picture:
    return Picture(np.zeros((height, width, 3), np.uint8), metadata=Metadata(orientation=orientation))


@pytest.mark.parametrize(("dtype", "values"), [(np.uint8, [0, 127, 128, 255]), (np.uint16, [0, 32767, 32768, 65535])])
def test_half_bright_is_hole(dtype: type, values: list[int]) -> None:
    mask = grey(np.array([values], dtype))
    assert hole_from_mask(mask, blank(1, 4), EXACT).tolist() == [[False, False, True, True]]
    inverted = hole_from_mask(mask, blank(1, 4), InpaintOptions(dilate=0, invert=True))
    assert inverted.tolist() == [[True, True, False, False]]
    strict = hole_from_mask(mask, blank(1, 4), InpaintOptions(dilate=0, threshold=1.0))
    assert strict.tolist() == [[False, False, False, True]]


def test_luma_weighs_colours_as_pillow_does() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255]]], np.uint8)
    hole = hole_from_mask(Picture(colours), blank(1, 4), EXACT)
    assert hole.tolist() == [[False, True, False, False]], "76, 150, 29 and 105 of 255"


def test_transparent_parts_of_a_mask_are_no_hole() -> None:
    white = np.full((1, 3, 3), 255, np.uint8)
    mask = Picture(white, np.array([[0, 100, 255]], np.uint8))
    assert hole_from_mask(mask, blank(1, 3), EXACT).tolist() == [[False, False, True]]


def test_the_hole_grows_by_default() -> None:
    dot = np.zeros((5, 5), np.uint8)
    dot[2, 2] = 255
    assert hole_from_mask(grey(dot), blank(5, 5), InpaintOptions()).sum() == 9
    inverted = hole_from_mask(grey(255 - dot), blank(5, 5), InpaintOptions(invert=True))
    assert inverted.sum() == 9, "inverted first, grown then"


def test_another_size_is_an_error_that_names_both() -> None:
    with pytest.raises(UsageError, match=r"mask is 4x3 but the picture is 5x3"):
        hole_from_mask(grey(np.zeros((3, 4), np.uint8)), blank(3, 5), EXACT)


@pytest.mark.parametrize(
    ("orientation", "where"),
    [(5, (0, 0)), (6, (0, 2)), (7, (3, 2)), (8, (3, 0))],
)
def test_a_mask_of_the_stored_size_is_turned_with_a_note(orientation: int, where: tuple[int, int]) -> None:
    stored = np.zeros((3, 4), np.uint8)
    stored[0, 0] = 255
    notes: list[str] = []
    hole = hole_from_mask(grey(stored), blank(4, 3, orientation), EXACT, notes.append)
    assert np.argwhere(hole).tolist() == [list(where)], "where EXIF puts row 0, column 0"
    assert len(notes) == 1
    assert "turned" in notes[0]


def test_a_mask_as_shown_is_not_turned() -> None:
    shown = np.zeros((4, 3), np.uint8)
    shown[0, 0] = 255
    notes: list[str] = []
    assert hole_from_mask(grey(shown), blank(4, 3, 6), EXACT, notes.append)[0, 0]
    assert notes == []


def test_hole_from_alpha() -> None:
    picture = Picture(np.zeros((1, 4, 3), np.uint8), np.array([[0, 127, 128, 255]], np.uint8))
    assert hole_from_alpha(picture, EXACT).tolist() == [[True, True, False, False]]
    with pytest.raises(UsageError, match="no alpha"):
        hole_from_alpha(blank(1, 4), EXACT)


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1), (np.uint16, 257)])
def test_hole_from_a_colour(dtype: type, scale: int) -> None:
    colours = np.array([[[255, 0, 255], [250, 5, 255], [249, 0, 255], [0, 0, 0]]], dtype) * dtype(scale)
    picture = Picture(colours.astype(dtype))
    assert hole_from_colour(picture, (255, 0, 255), 0, EXACT).tolist() == [[True, False, False, False]]
    assert hole_from_colour(picture, (255, 0, 255), 5, EXACT).tolist() == [[True, True, False, False]]
