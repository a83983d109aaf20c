"""The classical detectors that our network is compared with, behind one signature.

A top-hat with a threshold is what most scripts and film scanners' tools do, hats kept where they go on along a line are
what retouchers' scripts do, and Frangi's ridges are the usual choice for hairs and vessels. Each looks for what is
lighter and for what is darker than its surroundings.

Sizes and thresholds are those of the highest F1 over the centres (384 px) of 60 photographs, evenly spaced in a folder
that is not measured on, with damage from `lay_damage` with shapes that are not measured with. They are constants:
chosen anew on the pictures that are measured, a threshold would look better than a user's can be.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from restore.evaluation.extras import opencv

Samples = npt.NDArray[np.uint8]
Marks = npt.NDArray[np.bool_]
Find = Callable[[Samples], Marks]
"""`(H, W, 3)` RGB to `(H, W)`, True where damage is seen."""

TOPHAT_SIDE, TOPHAT_LEVEL = 7, 36
"""Diameter of the ellipse in pixels, tried from 5 to 31 and as a square too; and levels of 255, tried one by one."""
LINES_SIDE, LINES_LEVEL = 7, 40
"""Side of the square in pixels, tried from 7 to 23; and levels of 255, tried in steps of 5 …"""
LINES_LENGTH, LINES_SPREAD = 7, 3
"""… and length of the lines, tried from 7 to 21 px; and the square that marks are widened by before, 1 or 3 px."""
LINE_DIRECTIONS = 8
FRANGI_SIGMAS: tuple[float, ...] = (1.0,)
"""Scales in pixels, tried from 0.7 to 5, alone and together: with larger ones beside it F1 is the same, 0.339."""
FRANGI_LEVEL = 0.04
"""Of the ridge filter's answer, 0..1, tried from 0.005 to 0.99; its gamma, by the picture or fixed, was tried too."""


def tophat(picture: Samples) -> Marks:
    """OpenCV's white and black top-hat above a threshold."""
    cv2 = opencv()
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (TOPHAT_SIDE, TOPHAT_SIDE))
    return _hats(picture, ellipse) > TOPHAT_LEVEL


def hats_and_lines(picture: Samples) -> Marks:
    """OpenCV's black-hat and top-hat above a threshold, kept where they go on along a short line."""
    cv2 = opencv()
    found = _hats(picture, np.ones((LINES_SIDE, LINES_SIDE), np.uint8)) > LINES_LEVEL
    wide = cv2.dilate(found.astype(np.uint8), np.ones((LINES_SPREAD, LINES_SPREAD), np.uint8))
    long = np.zeros_like(wide)
    for line in _lines(LINES_LENGTH):
        long |= cv2.morphologyEx(wide, cv2.MORPH_OPEN, line)
    return np.asarray(found & (long > 0))


def frangi(picture: Samples) -> Marks:
    """scikit-image's ridge filter (Frangi et al., MICCAI 1998), light and dark ridges, above a threshold."""
    from skimage.filters import frangi as ridges

    grey = opencv().cvtColor(picture, opencv().COLOR_RGB2GRAY) / 255
    answers = [ridges(grey, sigmas=FRANGI_SIGMAS, black_ridges=dark) for dark in (True, False)]
    return np.asarray(np.maximum(*answers) > FRANGI_LEVEL)


BASELINES: dict[str, Find] = {"tophat": tophat, "blackhat+lines": hats_and_lines, "frangi": frangi}
"""The detectors by the names that the command line and the reports use; all of them need OpenCV."""


def _hats(picture: Samples, element: Samples) -> Samples:
    """The larger of white and black top-hat of the grey picture, `(H, W)`."""
    cv2 = opencv()
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    hats = [cv2.morphologyEx(grey, operation, element) for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)]
    return np.asarray(np.maximum(*hats), dtype=np.uint8)


def _lines(length: int) -> list[Samples]:
    """Structuring elements: lines of a length in `LINE_DIRECTIONS` directions, each `(length, length)`."""
    middle = length // 2
    elements = []
    for number in range(LINE_DIRECTIONS):
        angle = number * math.pi / LINE_DIRECTIONS
        across, down = round(middle * math.cos(angle)), round(middle * math.sin(angle))
        element = np.zeros((length, length), np.uint8)
        opencv().line(element, (middle - across, middle - down), (middle + across, middle + down), 1)
        elements.append(element)
    return elements
