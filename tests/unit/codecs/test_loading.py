"""Released codecs: a newer one takes over the writing, and files of the older one open as before."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import restore
import restore.codecs.pillow
from restore.cli.app import main
from restore.codecs.bitstream.file import read_header
from restore.codecs.loading import cached_codec, load_codec, weights_for
from restore.codecs.model import decoder_tensors, save_model
from restore.errors import UsageError, WeightsError
from restore.pretrained import read_weights, save_weights, store
from tests.support.models.codec import TINY, tiny_vae

FORMER, NEWEST = 1, 0x8001


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two released codecs: `codec`, experimental, and `codec-1`, kept for its files."""
    home = tmp_path / "pretrained"
    home.mkdir()
    models = {}
    for name, number, seed in (("codec", NEWEST, 4), ("codec-1", FORMER, 3)):
        path = home / f"{name}.safetensors"
        save_model(path, tiny_vae(seed, strength=0.05).state_dict(), replace(TINY, model=number), {})
        data = path.read_bytes()
        file = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        models[name] = {"kind": "codec.vae", "card": "codec.md", "model": number, "files": {"codec": file}}
    (home / "manifest.json").write_text(json.dumps({"format": 1, "models": models}))
    monkeypatch.setattr(store, "_HOME", home)
    cached_codec.cache_clear()
    yield home
    cached_codec.cache_clear()


@pytest.fixture
def image() -> NDArray[Any]:
    y, x = np.mgrid[0:40, 0:60][..., None] / 20
    return (128 + 60 * np.sin(x + np.arange(3) / 3) * np.cos(y)).astype(np.uint8)


def written_by(name: str, image: NDArray[Any]) -> bytes:
    return restore.compress(image, 80, weights=name, device="cpu")


def test_the_newest_writes(shelf: Path, image: NDArray[Any]) -> None:
    assert read_header(restore.compress(image, device="cpu")).model == NEWEST
    assert read_header(written_by("codec-1", image)).model == FORMER


@pytest.mark.parametrize("name", ["codec", "codec-1"])
def test_a_file_finds_its_own_weights(shelf: Path, image: NDArray[Any], name: str) -> None:
    data = written_by(name, image)
    assert weights_for(read_header(data)) == name
    shown = restore.decompress(data, form="array", device="cpu")
    assert np.abs(shown.astype(int) - image).mean() < 4
    with Image.open(io.BytesIO(data)) as opened:
        assert np.abs(np.asarray(opened).astype(int) - shown).max() <= 1


def test_a_model_without_its_encoder_reads_files_and_refuses_to_write_them(
    shelf: Path, image: NDArray[Any], tmp_path: Path
) -> None:
    data, whole = written_by("codec-1", image), read_weights(shelf / "codec-1.safetensors")
    path = tmp_path / "old.safetensors"
    parts = decoder_tensors(whole.tensors)
    save_weights(path, parts, kind=whole.kind, role=whole.role, config=whole.config, training=whole.training)
    assert path.stat().st_size < (shelf / "codec-1.safetensors").stat().st_size
    shown = restore.decompress(data, weights=path, form="array", device="cpu")
    assert np.array_equal(shown, restore.decompress(data, form="array", device="cpu"))
    with pytest.raises(WeightsError, match="model 1 is kept to read its files"):
        restore.compress(image, weights=path, device="cpu")


def test_weights_that_are_named_are_taken_as_they_are(shelf: Path, image: NDArray[Any]) -> None:
    data = written_by("codec-1", image)
    path = shelf / "codec.safetensors"
    assert weights_for(read_header(data), path) == path
    with pytest.raises(WeightsError, match="the file needs model 1, hash"):
        restore.decompress(data, weights=path, device="cpu")


def test_a_model_that_is_nowhere_is_named(shelf: Path, image: NDArray[Any]) -> None:
    data = written_by("codec-1", image)
    listed = json.loads((shelf / "manifest.json").read_text())
    del listed["models"]["codec-1"]
    (shelf / "manifest.json").write_text(json.dumps(listed))
    with pytest.raises(WeightsError, match=r"the file needs model 1, hash .* these weights are model 32769"):
        restore.decompress(data, device="cpu")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the program runs in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_of_both(shelf: Path, image: NDArray[Any], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mixed").mkdir()
    for name in ("codec", "codec-1"):
        Path(f"mixed/{name}.ric").write_bytes(written_by(name, image))
    assert main(["decompress", "mixed", "-o", "out/", "--device", "cpu"]) == 0
    assert capsys.readouterr().out.splitlines() == ["out/codec-1.decoded.png", "out/codec.decoded.png"]


def test_an_experimental_model_is_noted(
    shelf: Path, image: NDArray[Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(image).save("photo.png")
    assert main(["compress", "photo.png", "-o", "new.ric", "--device", "cpu"]) == 0
    notes = capsys.readouterr().err
    assert notes.count("model 32769 is experimental") == 1
    assert "keep the originals" in notes
    assert main(["compress", "photo.png", "-o", "old.ric", "--device", "cpu", "--weights", "codec-1"]) == 0
    assert "experimental" not in capsys.readouterr().err


def test_an_unknown_part_is_refused(codec_weights: Any) -> None:
    with pytest.raises(UsageError, match="all, linear, nocontext, fixed"):
        load_codec(codec_weights, "cpu", "everything")  # type: ignore[arg-type]
