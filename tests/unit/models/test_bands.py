"""Work by bands: the same values as without, and nothing where nothing is needed."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models import bands
from restore.models.bands import in_bands

WEIGHT = torch.rand(4, 5, 3, 3, generator=torch.Generator().manual_seed(0))


def blurred_together(coarse: Tensor, fine: Tensor) -> Tensor:
    together = torch.cat([F.interpolate(coarse, scale_factor=2.0), fine], dim=1)
    return F.conv2d(F.conv2d(together, WEIGHT, padding=1), WEIGHT[:, :4], padding=1)


def inputs(height: int, width: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(height)
    return (
        torch.rand(2, 2, height // 2, width // 2, generator=generator),
        torch.rand(2, 3, height, width, generator=generator),
    )


@pytest.mark.parametrize(("height", "width"), [(2, 2), (6, 70), (64, 34), (50, 130)])
@pytest.mark.parametrize("cached", [1, 1000, 1 << 20])
def test_all_bands_together_are_the_whole(
    height: int, width: int, cached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "CACHED", cached)
    given = inputs(height, width)
    made = in_bands(blurred_together, given, 2, torch.ones(height, width, dtype=torch.bool), 5)
    assert torch.allclose(made, blurred_together(*given), atol=1e-4)


def test_what_is_needed_is_made_and_no_more_than_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "CACHED", 10 * 200 * 8)
    given = inputs(96, 200)
    needed = torch.zeros(96, 200, dtype=torch.bool)
    needed[21, 40] = needed[23, 170] = needed[75:77, 3] = True
    seen = []

    def counting(coarse: Tensor, fine: Tensor) -> Tensor:
        seen.append(fine[0, 0].numel())
        return blurred_together(coarse, fine)

    made = in_bands(counting, given, 2, needed, 10)
    assert torch.allclose(made[..., needed], blurred_together(*given)[..., needed], atol=1e-4)
    assert not made[..., :16, :].any()
    assert not made[..., 40:70, :].any()
    assert not made[..., 70:, 64:].any()
    assert sum(seen) < 96 * 200 / 3


def test_nothing_needed_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        in_bands(blurred_together, inputs(8, 8), 2, torch.zeros(8, 8, dtype=torch.bool), 5)
