"""Annealing: samples and gradients as described, fewer bits for the same picture, the same decoder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.file import read_file
from restore.codecs.decoding import decode_colour
from restore.codecs.encoding import encode_picture
from restore.codecs.loading import load_codec
from restore.codecs.network import annealing
from restore.codecs.network.annealing import EFFORTS, Effort, distortion_weight, sample_neighbours
from restore.codecs.tiles import TileCodec
from restore.errors import UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pipelines.codec.image_codec import ImageCodec
from restore.pipelines.codec.targets import Target

PORTRAIT = Path(__file__).parents[3] / "data" / "portrait.png"
QUALITY = 30
SHORT = Effort(30, 0.01)


@pytest.fixture(scope="module")
def released() -> TileCodec:
    return load_codec("codec", "cpu")


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """(150, 180, 3): a part of a photograph, no multiple of 16 wide or high."""
    whole = np.asarray(Image.open(PORTRAIT).convert("RGB"))
    top, left = (whole.shape[0] - 150) // 2, (whole.shape[1] - 180) // 2
    return np.ascontiguousarray(whole[top : top + 150, left : left + 180])


def cost(codec: TileCodec, data: bytes, photo: NDArray[np.uint8]) -> float:
    """Bits per pixel of a file plus its error in bits per pixel."""
    file = read_file(data)
    error = np.square(decode_colour(codec, file, file.header.box) / 255 - photo / 255).mean()
    pixels = photo.shape[0] * photo.shape[1]
    return 8 * len(data) / pixels + distortion_weight(file.header.quality / 256) * float(error)


def test_samples_lie_between_two_neighbours_mostly_near_the_nearer() -> None:
    random = torch.Generator().manual_seed(1)
    x = torch.tensor([-2.3, 0.0, 0.25, 0.5, 3.9]).repeat(4000, 1)
    sampled = sample_neighbours(x, 0.5, random)
    assert torch.all(sampled >= torch.floor(x))
    assert torch.all(sampled <= torch.floor(x) + 1)
    upper = (sampled - torch.floor(x) > 0.5).float().mean(0)
    assert upper[1] < 0.01
    assert upper[3] == pytest.approx(0.5, abs=0.03)
    assert upper[2] == pytest.approx(1 / (1 + np.exp((np.arctanh(0.75) - np.arctanh(0.25)) / 0.5)), abs=0.02)
    assert upper[4] > 0.9
    cold = sample_neighbours(x[:, [0, 2, 4]], 0.02, random)
    assert torch.allclose(cold, torch.round(x[:, [0, 2, 4]]), atol=1e-3)


def test_samples_have_a_gradient() -> None:
    x = torch.full((2000,), 0.3, requires_grad=True)
    sample_neighbours(x, 0.5, torch.Generator().manual_seed(2)).sum().backward()
    assert x.grad is not None
    assert float(x.grad.min()) >= 0
    assert float(x.grad.mean()) > 0.2


def test_annealed_files_cost_less_and_decode_as_others(released: TileCodec, photo: NDArray[np.uint8]) -> None:
    plain, better = (
        encode_picture(released, Picture(photo), QUALITY * 256, Metadata(), effort=effort)
        for effort in (EFFORTS[1], SHORT)
    )
    assert cost(released, better, photo) < 0.992 * cost(released, plain, photo)
    assert len(better) < len(plain)
    again = encode_picture(released, Picture(photo), QUALITY * 256, Metadata(), effort=SHORT)
    assert again == better


def test_latents_that_got_worse_are_not_taken(
    released: TileCodec, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    rect = Box(0, 0, 180, 150)
    y = released.analyse(photo, rect)
    assert released.anneal(y, photo, rect, QUALITY * 256, Effort(3, 50.0)) is y
    assert released.anneal(y, photo, rect, QUALITY * 256, Effort(0)) is y


def test_a_tile_is_annealed_as_it_is_seen_beside_its_neighbours(
    released: TileCodec, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pixels of the last step, caught on their way, are those of the whole picture's synthesis."""
    caught: list[torch.Tensor] = []
    real = annealing._synthesise_tile

    def catching(*given: Any) -> torch.Tensor:
        caught[:] = [given[1].clone(), given[3].detach(), real(*given)]
        return caught[-1]

    monkeypatch.setattr(annealing, "_synthesise_tile", catching)
    rect = Box(64, 48, 48, 32)
    y = released.analyse(photo, rect)
    assert released.anneal(y, photo, rect, QUALITY * 256, Effort(1)).shape == y.shape
    around, y_hat, shown = caught
    assert shown.shape == (1, 3, 32, 48)
    whole = released.analyse(photo, Box(0, 0, 180, 150))
    vae, at = released.model.vae, torch.tensor([float(QUALITY)])
    whole = torch.round(whole * torch.exp(vae.log_gains(at)))
    sight = -(-vae.config.synthesis // 2)
    seen = whole[..., max(0, 3 - sight) : 5 + sight, max(0, 4 - sight) : 7 + sight]
    assert torch.equal(around, seen)
    whole[..., 3:5, 4:7] = y_hat
    with torch.no_grad():
        assert torch.allclose(shown, vae.synthesise(whole, at)[..., 48:80, 64:112], atol=1e-5)


def test_progress_comes_to_an_end(released: TileCodec, photo: NDArray[np.uint8]) -> None:
    calls: list[tuple[int, int]] = []
    encode_picture(
        released,
        Picture(photo[:64, :64].copy()),
        0,
        Metadata(),
        effort=Effort(3),
        on_progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("target", [("size", 1500.0), ("psnr", 31.0)])
def test_targets_are_met_with_more_effort(
    released: TileCodec, photo: NDArray[np.uint8], target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EFFORTS, 2, SHORT)
    codec = ImageCodec(released)
    kind, wanted = target
    plain, better = (
        codec.compress_picture(Picture(photo), target=Target(kind, wanted), effort=effort) for effort in (1, 2)
    )
    if kind == "size":
        assert 0.98 * wanted <= len(better.data) <= wanted
        assert better.quality > plain.quality
    else:
        error = np.square(codec.decompress(better.data).astype(float) - photo).mean()
        assert 10 * np.log10(255**2 / error) == pytest.approx(wanted, abs=0.25)
        assert better.psnr == pytest.approx(10 * np.log10(255**2 / error), abs=0.05)
        assert len(better.data) < len(plain.data)


def test_an_unknown_effort_is_refused(codec: Any, photo: NDArray[np.uint8]) -> None:
    with pytest.raises(UsageError, match="effort 4 is unknown: choose one of 1, 2, 3"):
        codec.compress(photo, effort=4)
