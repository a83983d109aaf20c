"""Generator, discriminator and perceptual network: what they are at birth and what they may look at."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import squeezenet1_0

from restore.errors import WeightsError
from restore.models.inpaint.discriminator import Discriminator, patch_hole
from restore.models.inpaint.generator import BASE, SMALL, Generator, InpainterConfig
from restore.models.inpaint.texture import borrowed_texture
from restore.models.perceptual import load_perceptual, perceptual_distance

TINY = InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))


def case(side: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    hole = torch.zeros(2, 1, side, side)
    hole[..., 8:20, 4:24] = 1
    return torch.rand(2, 3, side, side, generator=generator), hole


@pytest.mark.parametrize("config", [TINY, SMALL])
def test_the_newborn_generator_is_the_prefill_to_the_bit(config: InpainterConfig) -> None:
    prefill, hole = case()
    assert torch.equal(Generator(config)(prefill, hole), prefill)


def test_a_trained_generator_changes_the_hole_only() -> None:
    torch.manual_seed(0)
    network = Generator(TINY)
    torch.nn.init.normal_(network.head.weight)
    prefill, hole = case()
    output = network(prefill, hole)
    inside = hole.expand_as(output) > 0
    assert torch.equal(output[~inside], prefill[~inside])
    assert (output[inside] - prefill[inside]).abs().mean() > 0.01


def test_texture_is_laid_over_the_hole_by_the_amount_asked_for() -> None:
    network = Generator(TINY)
    network.set_texture(0.4)
    prefill, hole = case()
    with torch.no_grad():
        laid = network(prefill, hole) - prefill
    assert torch.allclose(laid, 0.4 * borrowed_texture(prefill, hole), atol=1e-6)
    assert laid[..., 8:20, 4:24].abs().mean() > 0.01
    assert not (laid * (1 - hole)).any()


def test_the_spectral_blocks_see_the_whole_crop() -> None:
    torch.manual_seed(0)
    network = Generator(TINY)
    torch.nn.init.normal_(network.head.weight)
    spectral = network.middle[1]
    torch.nn.init.normal_(spectral.leave.weight)
    prefill = torch.rand(1, 3, 128, 128)
    hole = torch.zeros(1, 1, 128, 128)
    hole[..., :8, :8] = 1
    changed = prefill.clone()
    changed[..., 120:, 120:] = 0
    assert not torch.equal(network(prefill, hole)[..., :8, :8], network(changed, hole)[..., :8, :8])


def test_sizes_off_the_stride_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        Generator(TINY)(torch.rand(1, 3, 30, 32), torch.zeros(1, 1, 30, 32))


def test_variants_have_the_sizes_they_are_chosen_for() -> None:
    def millions(config: InpainterConfig) -> float:
        return sum(parameter.numel() for parameter in Generator(config).parameters()) / 1e6

    assert millions(SMALL) < 4
    assert millions(BASE) < 12  # float16 stays under 25 MB
    assert SMALL.stride == BASE.stride == 16


@pytest.mark.parametrize("wrong", [{"widths": (8,)}, {"encoder": (1, 1)}, {"widths": (7, 16)}, {"middle": -1}])
def test_a_wrong_shape_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"level|even"):
        InpainterConfig(**({"widths": (8, 16), "encoder": (1,), "middle": 1, "decoder": (1,)} | wrong))  # type: ignore[arg-type]


def test_the_discriminator_is_conditional_and_local() -> None:
    torch.manual_seed(0)
    network = Discriminator(8).eval()
    picture, hole = case(64)
    prefill = torch.rand_like(picture)
    scores, features = network(picture, prefill, hole)
    assert scores.shape == (2, 1, 8, 8)
    assert len(features) == 4
    assert not torch.equal(scores, network(picture, torch.zeros_like(prefill), hole)[0])
    assert not torch.equal(scores, network(picture, prefill, 1 - hole)[0])


def test_only_patches_with_filled_pixels_count_as_fake() -> None:
    hole = torch.zeros(1, 1, 32, 32)
    hole[..., 9:12, 9:12] = 1
    expected = torch.zeros(1, 1, 4, 4)
    expected[..., 1, 1] = 1
    assert torch.equal(patch_hole(hole), expected)


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


def test_a_missing_or_wrong_perceptual_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot read"):
        load_perceptual(tmp_path / "none.safetensors")
    save_file({"features.0.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="does not hold SqueezeNet"):
        load_perceptual(tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        load_perceptual(tmp_path / "text.safetensors")
