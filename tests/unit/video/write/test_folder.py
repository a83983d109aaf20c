"""A folder of numbered pictures appears whole."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from restore.errors import UsageError
from restore.images.reading import read_picture
from restore.video.info import VideoInfo
from restore.video.write.opening import open_writer


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_folder_goes_out_whole(tmp_path: Path, depth: int, alpha: bool) -> None:
    dtype, top = (np.uint8, 255) if depth == 8 else (np.uint16, 65535)
    rng = np.random.default_rng(2)
    given = [rng.integers(0, top + 1, (9, 7, 4 if alpha else 3)).astype(dtype) for _ in range(3)]
    out = tmp_path / "out"
    with open_writer(out, VideoInfo(7, 9, depth=depth, has_alpha=alpha), Fraction(25)) as writer:
        for index, pixels in enumerate(given):
            writer.write(pixels, Fraction(index, 25))
            assert not out.exists()
    assert sorted(entry.name for entry in out.iterdir()) == ["000001.png", "000002.png", "000003.png"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    for path, pixels in zip(sorted(out.iterdir()), given, strict=True):
        picture = read_picture(path)
        assert picture.depth == depth
        assert np.array_equal(picture.colour, pixels[..., :3])
        assert (picture.alpha is not None) == alpha
    with pytest.raises(UsageError, match="files in it"):
        open_writer(out, VideoInfo(7, 9), Fraction(25))
