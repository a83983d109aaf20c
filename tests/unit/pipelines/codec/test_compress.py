"""`restore.compress`, `restore.decompress` and `restore.load` with a small codec."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

import restore
from restore.errors import WeightsError
from tests.support.processes import run_fresh
from tests.support.smooth_pictures import off, smooth

PACKET = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>title</a></x:xmpmeta>'


def test_the_functions_that_callers_import(codec_weights: Any) -> None:
    image = Image.fromarray(smooth(20, 30))
    image.info["icc_profile"] = icc = bytes(36) + b"acsp" + bytes(100)
    data = restore.compress(image, 70, weights=codec_weights, device="cpu")
    shown = restore.decompress(data, weights=codec_weights, device="cpu")
    assert isinstance(shown, Image.Image)
    assert off(np.asarray(image), np.asarray(shown)) < 4
    assert shown.info["icc_profile"] == icc
    part = restore.decompress(data, (3, 4, 5, 6), form="array", weights=codec_weights, device="cpu")
    assert part.shape == (6, 5, 3)
    assert restore.load(codec_weights, device="cpu").decompress(data).shape == (20, 30, 3)
    with pytest.raises(WeightsError, match="no weights 'codex': released are"):
        restore.load("codex")


WRONG = """
import sys, restore
data = open("photo.ric", "rb").read()
for wrong in ({"region": (0, 0, 99, 1)}, {"form": "jpeg"}):
    try: restore.decompress(data, **wrong)
    except restore.UsageError: print("refused")
print("torch" in sys.modules)
"""


def test_a_wrong_request_is_refused_before_torch_is_loaded(codec: Any, tmp_path: Any) -> None:
    (tmp_path / "photo.ric").write_bytes(codec.compress(smooth(20, 30)))
    assert run_fresh(WRONG, folder=tmp_path).stdout.split() == ["refused", "refused", "False"]
