"""The released detector: more of made-up damage, and less of what is none, than the best threshold finds."""

import numpy as np
import pytest
import torch

from restore.models.repair.detector import Detector
from restore.pipelines.repair.finder import DamageFinder, load_finder
from restore.synthetic.agreement import Agreement, agreement
from restore.synthetic.damage import lay_damage
from tests.support.scenes import scene


@pytest.fixture(scope="module")
def finder() -> DamageFinder:
    return load_finder("repair", "cpu")


def test_it_finds_more_than_the_threshold_that_it_started_from(finder: DamageFinder) -> None:
    untrained = Detector().eval()
    trained, threshold = Agreement(), Agreement()
    for seed in range(6):
        damaged = lay_damage(np.random.default_rng(seed), scene(seed, 192, 192), opaque_share=0.5)
        picture = torch.from_numpy(damaged.picture.transpose(2, 0, 1).copy())[None].float() / 255
        truth, doubt = torch.from_numpy(damaged.kinds > 0)[None, None], torch.from_numpy(damaged.doubt)[None, None]
        with torch.inference_mode():
            trained += agreement(
                torch.from_numpy(finder.probabilities(damaged.picture) > 0.5)[None, None], truth, doubt
            )
            threshold += agreement(untrained(picture) > 0, truth, doubt)
    assert trained.f1 > threshold.f1 + 0.08, "on scenes so calm a threshold is at its best"


def test_it_marks_next_to_nothing_of_a_clean_scene(finder: DamageFinder) -> None:
    marked = [float((finder.probabilities(scene(seed, 192, 192)) > 0.5).mean()) for seed in range(4)]
    assert np.mean(marked) < 0.005
