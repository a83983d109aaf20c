"""The generator: what it is untrained, what it changes and what it sees."""

import pytest
import torch

from restore.models import bands
from restore.models.inpaint.generator import BASE, SMALL, Generator, InpainterConfig
from restore.models.inpaint.texture import borrowed_texture

TINY = InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))


def case(side: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    hole = torch.zeros(2, 1, side, side)
    hole[..., 8:20, 4:24] = 1
    return torch.rand(2, 3, side, side, generator=generator), hole


@pytest.mark.parametrize("config", [TINY, SMALL])
def test_the_untrained_generator_is_the_prefill_to_the_bit(config: InpainterConfig) -> None:
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


def test_texture_is_added_to_the_hole_by_the_amount_asked_for() -> None:
    network = Generator(TINY)
    network.set_texture(0.4)
    prefill, hole = case()
    with torch.no_grad():
        laid = network(prefill, hole) - prefill
    assert torch.allclose(laid, 0.4 * borrowed_texture(prefill, hole), atol=1e-6)
    assert laid[..., 8:20, 4:24].abs().mean() > 0.01
    assert not (laid * (1 - hole)).any()


def test_a_texture_that_is_given_takes_the_place_of_the_borrowed_one() -> None:
    network = Generator(TINY)
    prefill, hole = case()
    texture = torch.rand_like(prefill) - 0.5
    assert torch.equal(network(prefill, hole, texture), prefill), "untrained"
    network.set_texture(0.4)
    with torch.no_grad():
        laid = network(prefill, hole, texture) - prefill
    assert torch.allclose(laid, 0.4 * hole * texture, atol=1e-6)


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


@pytest.mark.parametrize("config", [TINY, SMALL, InpainterConfig(encoder=(1, 0, 2, 1), decoder=(1, 3, 0, 2))])
def test_by_bands_inference_gives_what_training_sees(config: InpainterConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "CACHED", 1 << 12)
    torch.manual_seed(0)
    network = Generator(config).to(memory_format=torch.channels_last)
    for parameter in network.parameters():
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    prefill = torch.rand(2, 3, 96, 160)
    hole = torch.zeros(2, 1, 96, 160)
    hole[0, :, 13:15, 22:90] = hole[1, :, 50:76, 60:61] = 1
    whole = network(prefill, hole)
    with torch.inference_mode():
        banded = network(prefill, hole)
    assert (whole - prefill).abs().max() > 0.01
    assert torch.allclose(banded, whole, atol=1e-5)


def test_without_a_hole_the_prefill_comes_back() -> None:
    network = Generator(TINY)
    torch.nn.init.normal_(network.head.weight)
    prefill = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(network(prefill, torch.zeros(1, 1, 16, 16)), prefill)


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
