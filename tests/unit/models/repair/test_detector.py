"""The detector: untrained it is the best threshold, and it learns what the threshold does not see."""

import pytest
import torch

from restore.models.repair.detector import (
    DECIDING,
    THRESHOLD,
    Detector,
    DetectorConfig,
    threshold_logits,
)
from restore.models.repair.responses import damage_responses

TINY = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))


def pictures(count: int = 2, side: int = 64) -> torch.Tensor:
    return 0.35 * torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("config", [TINY, DetectorConfig()])
def test_untrained_it_marks_what_the_threshold_marks(config: DetectorConfig) -> None:
    picture = pictures()
    responses = damage_responses(picture.mean(1, keepdim=True))
    strongest = responses[:, DECIDING].amax(1, keepdim=True)
    logits = Detector(config)(picture)
    assert torch.equal(logits, threshold_logits(responses))
    assert torch.equal(logits > 0, strongest > THRESHOLD)
    assert 0.05 < (logits > 0).float().mean() < 0.95


def test_it_learns_to_mark_what_the_threshold_does_not() -> None:
    torch.manual_seed(0)
    detector, picture = Detector(TINY), 0.5 * torch.ones(1, 3, 32, 32)
    picture[:, 0, 8:24, 8:24] += 0.05  # too faint, and too wide
    truth = (picture[:, :1] > 0.52).float()
    assert not (detector(picture) > 0).any()
    optimiser = torch.optim.Adam(detector.parameters(), lr=3e-3)
    for _ in range(150):
        optimiser.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(detector(picture), truth).backward()
        optimiser.step()
    assert ((detector(picture) > 0).float() == truth).float().mean() > 0.97


def test_every_parameter_learns() -> None:
    torch.manual_seed(0)
    detector = Detector(TINY)
    torch.nn.init.normal_(detector.head.weight)
    detector(pictures()).square().mean().backward()
    silent = [name for name, weight in detector.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert silent == []


def test_sizes_that_do_not_fit_and_shapes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        Detector(TINY)(torch.zeros(1, 3, 30, 32))
    with pytest.raises(ValueError, match="one entry per level"):
        DetectorConfig(widths=(8, 16, 32), encoder=(1,), decoder=(1,))
    with pytest.raises(ValueError, match="at least 2"):
        DetectorConfig(widths=(0, 16), encoder=(1,), decoder=(1,))


def test_its_shape_survives_a_file() -> None:
    assert DetectorConfig(**TINY.as_dict()) == TINY
    assert all(type(value) in (int, list) for value in TINY.as_dict().values())
