"""Coarse to fine: every anchor once, predictions from decoded positions only, zero at initialisation."""

import pytest
import torch

from restore.codecs.network.entropy import anchor_positions
from restore.codecs.network.refinement import PASSES, Refinement, first_positions
from restore.codecs.network.vae import VAE, VAEConfig
from restore.errors import WeightsError
from tests.support.models.codec import tiny_vae

CPU = torch.device("cpu")


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (7, 10), (8, 8)])
def test_first_positions_and_passes_make_the_anchors(size: tuple[int, int]) -> None:
    times = first_positions(*size, CPU).int()
    for step in PASSES:
        times += step.positions(*size, CPU).int()
    assert torch.equal(times, anchor_positions(*size, CPU).int())


def test_a_pass_sees_what_came_before_it() -> None:
    size, there = (16, 16), first_positions(16, 16, CPU)
    for step in PASSES:
        lattice = step.on(there)
        known = step.known(*lattice.shape, CPU)
        assert torch.equal(known & lattice, known)
        beside = torch.nn.functional.max_pool2d(known[None, None].float(), 3, 1, 1)[0, 0].bool()
        assert beside[step.coded(*lattice.shape, CPU)].all()
        there = there | step.positions(*size, CPU)


def test_an_untrained_network_adds_nothing() -> None:
    network = Refinement(4, 12, 6)
    mean, scale = network(torch.randn(1, 12, 5, 5), torch.randn(1, 4, 5, 5))
    assert not mean.any()
    assert not scale.any()


def test_the_training_graph_predicts_nothing_from_later_groups() -> None:
    """A latent that changes may change the prediction of later groups, and of nothing else."""
    vae, size = tiny_vae(), (8, 8)
    y = torch.randn(1, 12, *size, generator=torch.Generator().manual_seed(1))
    features = torch.randn(1, 12, *size, generator=torch.Generator().manual_seed(2))
    quality = torch.tensor([40.0])
    groups = [first_positions(*size, CPU), *(step.positions(*size, CPU) for step in PASSES)]
    order = torch.zeros(12, *size)
    order[:4] = sum(number * group for number, group in enumerate(groups))
    order[4:] = 4
    order[:, ~anchor_positions(*size, CPU)] = 5
    with torch.inference_mode():
        before = vae.entropy.predict(y, features, quality)
        for channel, row, column in ((0, 0, 4), (1, 2, 2), (2, 0, 2), (3, 3, 5), (7, 4, 4), (0, 3, 4)):
            other = y.clone()
            other[0, channel, row, column] += 3
            after = vae.entropy.predict(other, features, quality)
            changed = ((after.mean != before.mean) | (after.table != before.table))[0]
            assert (order[changed] > order[channel, row, column]).all()
            assert changed.any() == (order[channel, row, column] < 5)


def test_a_shape_that_cannot_be_is_refused() -> None:
    with pytest.raises(WeightsError, match="leading"):
        VAEConfig(leading=400)


def test_weights_without_leading_channels_have_no_passes() -> None:
    assert not VAE(VAEConfig(width=8, latents=12, hyper=4, features=12, context=12)).entropy.passes
