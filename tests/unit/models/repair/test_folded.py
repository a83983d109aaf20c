"""The detector folded for a CPU: what the plain one says, whatever its shape, the core and the rows at a time."""

import pytest
import torch

from restore.models.repair import folded
from restore.models.repair.detector import Detector, DetectorConfig
from restore.models.repair.folded import FoldedDetector

TWO_LEVELS = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
UNEVEN = DetectorConfig(widths=(6, 10, 12), encoder=(0, 2), middle=0, decoder=(2, 0))


def random_detector(config: DetectorConfig) -> Detector:
    """A network in which every parameter, gains and biases too, is drawn."""
    torch.manual_seed(0)
    detector = Detector(config)
    with torch.no_grad():
        for parameter in detector.parameters():
            parameter.copy_(torch.randn_like(parameter) / max(1, parameter[0].numel()) ** 0.5 + 0.1)
        detector.head.weight.mul_(4)
    return detector


def pictures(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("values_at_once", [1, 4000, 1 << 19])
@pytest.mark.parametrize("config", [TWO_LEVELS, UNEVEN, DetectorConfig()])
def test_it_says_what_the_plain_one_says(
    config: DetectorConfig, values_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folded, "CACHED", values_at_once)
    detector, picture = random_detector(config), pictures(64, 80)
    with torch.inference_mode():
        expected = detector(picture)
    assert expected.std() > 0.1
    torch.testing.assert_close(FoldedDetector(detector)(picture), expected, atol=1e-4, rtol=1e-4)


def test_features_that_are_next_to_nothing_are_not_blown_up() -> None:
    detector, picture = random_detector(TWO_LEVELS), pictures(32, 48)
    with torch.no_grad():
        for parameter in detector.stem.parameters():
            parameter.mul_(1e-3)
        expected = detector(picture)
    torch.testing.assert_close(FoldedDetector(detector)(picture), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "core",
    [
        (slice(0, 144), slice(0, 160)),
        (slice(64, 80), slice(64, 96)),
        (slice(0, 1), slice(159, 160)),
        (slice(33, 90), slice(7, 8)),
        (slice(100, 144), slice(0, 51)),
    ],
)
@pytest.mark.parametrize("config", [UNEVEN, DetectorConfig()])
def test_what_lies_around_the_core_counts_though_it_is_not_asked_for(
    config: DetectorConfig, core: tuple[slice, slice]
) -> None:
    detector, picture = random_detector(config), pictures(144, 160)
    with torch.inference_mode():
        expected = detector(picture)[..., core[0], core[1]]
    torch.testing.assert_close(FoldedDetector(detector)(picture, core), expected, atol=1e-4, rtol=1e-4)


def test_the_smallest_picture() -> None:
    detector, picture = random_detector(TWO_LEVELS), pictures(4, 4)
    with torch.inference_mode():
        expected = detector(picture)
    torch.testing.assert_close(FoldedDetector(detector)(picture), expected, atol=1e-4, rtol=1e-4)


def test_the_picture_and_the_detector_stay_as_they_are_and_later_changes_of_it_do_not_count() -> None:
    detector, picture = random_detector(TWO_LEVELS), pictures(32, 16)
    given, state = picture.clone(), {name: tensor.clone() for name, tensor in detector.state_dict().items()}
    network = FoldedDetector(detector)
    made = network(picture)
    assert torch.equal(picture, given)
    assert all(torch.equal(tensor, state[name]) for name, tensor in detector.state_dict().items())
    with torch.no_grad():
        for parameter in detector.parameters():
            parameter.fill_(1.0)
    assert torch.equal(network(picture), made)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        FoldedDetector(random_detector(TWO_LEVELS))(pictures(30, 32))
