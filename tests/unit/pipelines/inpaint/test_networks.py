"""Two sets of weights, the networks between them, and sets that do not belong together."""

import copy

import numpy as np
import pytest
import torch

from restore.errors import WeightsError
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.networks import Networks
from tests.support.models.inpainter import photo, random_generator, spots


def test_detail_goes_from_regression_to_adversarial() -> None:
    nets = {"regression": random_generator(1), "adversarial": random_generator(2)}
    both = Inpainter(nets, "cpu")
    image, hole = photo(50, 50), spots(50, 50)

    def alone(net: Generator) -> np.ndarray:
        return Inpainter({"regression": net}, "cpu")(image, hole)

    halfway = copy.deepcopy(nets["regression"])
    with torch.no_grad():
        for mine, other in zip(halfway.parameters(), nets["adversarial"].parameters(), strict=True):
            mine.add_(0.25 * (other - mine))
    np.testing.assert_array_equal(both(image, hole, detail=0), alone(nets["regression"]))
    np.testing.assert_array_equal(both(image, hole, detail=1), alone(nets["adversarial"]))
    np.testing.assert_allclose(both(image, hole, detail=0.25).astype(int), alone(halfway).astype(int), atol=1)
    np.testing.assert_array_equal(both(image, hole), both(image, hole, detail=0.5))
    np.testing.assert_array_equal(both(image, hole, detail=0), alone(nets["regression"]), "also when asked again")


def test_detail_that_needs_missing_weights_says_which() -> None:
    image, hole = photo(40, 40), spots(40, 40)
    only = Inpainter({"regression": random_generator(1)}, "cpu")
    np.testing.assert_array_equal(only(image, hole), only(image, hole, detail=0))
    with pytest.raises(WeightsError, match=r"detail 0\.5 needs the adversarial weights"):
        only(image, hole, detail=0.5)
    with pytest.raises(WeightsError, match="detail 0 needs the regression weights"):
        Inpainter({"adversarial": random_generator(1)}, "cpu")(image, hole, detail=0)


def test_the_set_of_wide_holes_stands_beside_the_others() -> None:
    cpu = torch.device("cpu")
    two = {"regression": random_generator(1), "adversarial": random_generator(2)}
    assert Networks(two, 0.5).wide_at(cpu) is None
    larger = InpainterConfig(widths=(8, 8, 12, 20), encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1))
    wide = random_generator(3, larger)
    networks = Networks({**two, "wide": wide}, 0.5)
    assert networks.detail(None) == 0.5
    assert networks.config == random_generator(1).config
    taken = networks.wide_at(cpu)
    assert isinstance(taken, Generator)
    assert taken is networks.wide_at(cpu), "made once"
    assert taken is not wide
    assert all(torch.equal(mine, other) for mine, other in zip(taken.parameters(), wide.parameters(), strict=True))
    assert not any(parameter.requires_grad for parameter in taken.parameters())


def test_the_set_of_wide_holes_alone_leaves_the_sparse_fill_to_the_others() -> None:
    networks = Networks({"wide": random_generator(3)}, 0.5)
    assert networks.detail(None) is None
    assert networks.at(None, torch.device("cpu")) is None
    image, hole = photo(40, 40), spots(40, 40)
    filled = Inpainter({"wide": random_generator(3)}, "cpu")(image, hole)
    np.testing.assert_array_equal(filled, Inpainter({}, "cpu")(image, hole))


def test_weights_that_do_not_belong_together() -> None:
    other = random_generator(1, InpainterConfig(widths=(8, 8, 12, 20), encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1)))
    with pytest.raises(WeightsError, match="different architectures"):
        Inpainter({"regression": random_generator(1), "adversarial": other}, "cpu")
    with pytest.raises(WeightsError, match=r"role 'student' is unknown: .*wide"):
        Inpainter({"student": random_generator(1)}, "cpu")
