"""What stands still over moving ground is put back, and what moves is not."""

import torch
from torch import Tensor

from restore.pipelines.interpolate.rendering import hold_still
from tests.support.models.interpolator import psnr, texture, untrained


def test_a_logo_stands_still_over_moving_ground() -> None:
    frames = [texture(72, 96, place, 0) for place in (0, 2, 4)]
    for frame in frames:
        frame[..., 30:44, 30:60] = torch.tensor([0.9, 0.1, 0.2]).view(1, 3, 1, 1)
    network, t = untrained(), torch.tensor([0.5])
    with torch.inference_mode():
        rendered = network.render(frames[0], frames[2], network.motion(frames[0], frames[2]), t)
        held = hold_still(frames[0], frames[2], rendered, t)
    logo = (..., slice(30, 44), slice(30, 60))
    assert (held - frames[1])[logo].abs().mean() < 1 / 255
    assert psnr(held, frames[1]) >= psnr(rendered.frame, frames[1])


def test_what_passes_before_a_still_sky_is_not_wiped_out() -> None:
    def scene(left: int) -> Tensor:
        frame = torch.full((1, 3, 64, 96), 0.6)
        frame[..., 24:40, left : left + 16] = texture(16, 16)
        return frame

    first, truth, second = scene(20), scene(30), scene(40)
    network, t = untrained(), torch.tensor([0.5])
    with torch.inference_mode():
        rendered = network.render(first, second, network.motion(first, second), t)
        held = hold_still(first, second, rendered, t)
    ball = (..., slice(24, 40), slice(30, 46))
    assert psnr(held[ball], truth[ball]) > psnr(rendered.frame[ball], truth[ball]) - 0.5
