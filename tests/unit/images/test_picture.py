"""What a picture in memory may be."""

import numpy as np
import pytest

from restore.images.metadata import Metadata
from restore.images.picture import Picture


@pytest.mark.parametrize(
    ("colour", "alpha"),
    [
        (np.zeros((4, 4), np.uint8), None),
        (np.zeros((4, 4, 4), np.uint8), None),
        (np.zeros((0, 4, 3), np.uint8), None),
        (np.zeros((4, 4, 3), np.float32), None),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16)),
    ],
)
def test_picture_refuses_what_it_cannot_be(colour: np.ndarray, alpha: np.ndarray | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        Picture(colour, alpha, metadata=Metadata())
