"""Backward warping, forward splatting and resizing of flows."""

import torch

from restore.models.interpolate.warping import resize_flow, splat, stays_inside, warp


def test_warp_fetches_and_splat_pushes() -> None:
    x = torch.rand(1, 3, 10, 12, generator=torch.Generator().manual_seed(0))
    flow = torch.zeros(1, 2, 10, 12)
    assert torch.allclose(warp(x, flow), x, atol=1e-6)
    flow[:, 0], flow[:, 1] = 3, -2
    assert torch.allclose(warp(x, flow)[..., 2:, :-3], x[..., :-2, 3:], atol=1e-5)
    pushed, arrived = splat(x, flow, torch.full((1, 1, 10, 12), 0.5))
    assert torch.allclose(pushed[..., :-2, 3:], 0.5 * x[..., 2:, :-3])
    assert torch.equal(arrived[..., :-2, 3:], torch.full((1, 1, 8, 9), 0.5))
    assert not arrived[..., -2:, :].any()
    assert not arrived[..., :3].any()
    assert stays_inside(flow).sum() == 8 * 9


def test_nothing_is_lost_by_splatting_inside() -> None:
    rng = torch.Generator().manual_seed(1)
    flow = torch.zeros(2, 2, 20, 20)
    flow[..., 5:15, 5:15] = 8 * torch.rand(2, 2, 10, 10, generator=rng) - 4
    weight = torch.rand(2, 1, 20, 20, generator=rng)
    _, arrived = splat(flow, flow, weight)
    assert torch.allclose(arrived.sum((1, 2, 3)), weight.sum((1, 2, 3)), rtol=1e-5)


def test_a_resized_flow_is_longer_in_proportion() -> None:
    flow = torch.ones(1, 2, 6, 10)
    resized = resize_flow(flow, (12, 30))
    assert torch.allclose(resized[:, 0], torch.tensor(3.0))
    assert torch.allclose(resized[:, 1], torch.tensor(2.0))
