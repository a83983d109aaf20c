"""The perceptual distance on SqueezeNet features."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import squeezenet1_0

from restore.errors import WeightsError
from restore.models.perceptual import load_perceptual, perceptual_distance


def test_perceptual_features_are_those_of_torchvision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    reference = squeezenet1_0(weights=None).eval()
    save_file(dict(reference.state_dict()), tmp_path / "squeeze.safetensors")
    network = load_perceptual(tmp_path / "squeeze.safetensors")
    picture = torch.rand(1, 3, 64, 64)
    x = (picture - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        1, 3, 1, 1
    )
    wanted = []
    for index, layer in enumerate(reference.features):
        x = layer(x)
        if index in (1, 4, 7, 8, 9, 10, 12):
            wanted.append(torch.nn.functional.normalize(x, dim=1))
    for got, expected in zip(network(picture), wanted, strict=True):
        assert torch.allclose(got, expected, atol=1e-5)


def test_perceptual_distance_is_zero_for_equal_pictures_and_grows(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_file(dict(squeezenet1_0(weights=None).state_dict()), tmp_path / "squeeze.safetensors")
    network = load_perceptual(tmp_path / "squeeze.safetensors")
    picture = torch.rand(2, 3, 64, 64)
    assert torch.equal(perceptual_distance(network, picture, picture), torch.zeros(2))
    near = perceptual_distance(network, picture, picture + 0.02 * torch.randn_like(picture))
    far = perceptual_distance(network, picture, torch.rand_like(picture))
    assert (far > near).all()


def test_a_missing_or_wrong_perceptual_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot read"):
        load_perceptual(tmp_path / "none.safetensors")
    save_file({"features.0.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="does not hold SqueezeNet"):
        load_perceptual(tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        load_perceptual(tmp_path / "text.safetensors")
