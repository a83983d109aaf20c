"""Degraded training pictures: none by default, each kind as it should be, and the same again for the same seeds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from restore.training import augmentation
from restore.training.augmentation import Augmentation, gamma_curve
from restore.training.codec.data import CodecData
from restore.training.engine.recipe import Data, prefetch
from restore.training.inpaint.data import InpaintData
from restore.training.interpolate.data import InterpolateData, SyntheticMotion
from tests.support.training_runs import write_photos

ALL = Augmentation(blur=0.7, noise=0.7, jpeg=0.7)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_photos(tmp_path_factory.mktemp("photos"), 3, np.random.default_rng(1), cells=(30, 24), size=(240, 192))


def pictures_of(batch: object) -> torch.Tensor:
    """The pictures of a batch of any job."""
    for name in ("frames", "picture"):
        if hasattr(batch, name):
            return getattr(batch, name)
    assert isinstance(batch, torch.Tensor)
    return batch


Make = Callable[[list[Path], Augmentation | None], Data]
DATA: dict[str, Make] = {
    "codec": lambda photos, augment: CodecData(photos, seed=3, largest_scale=0.67, augment=augment),
    "inpaint": lambda photos, augment: InpaintData(photos, seed=3, bank=4, samples=16, augment=augment),
    "interpolate": lambda photos, augment: InterpolateData(None, SyntheticMotion(photos), seed=3, augment=augment),
}


@pytest.mark.parametrize("job", DATA)
def test_batches_are_degraded_and_the_same_again_after_an_interruption(job: str, photos: list[Path]) -> None:
    """Worker threads, and what torch's global generator has given meanwhile, change nothing."""
    make = DATA[job]
    plain = [pictures_of(make(photos, None).batch(step, 3, 64)) for step in range(2, 5)]
    feed = prefetch(make(photos, ALL), 2, 3, 64)
    degraded = [pictures_of(next(feed)) for _ in range(3)]
    feed.close()
    torch.rand(1)
    resumed = prefetch(make(photos, ALL), 3, 3, 64)
    for expected in degraded[1:]:
        assert torch.equal(pictures_of(next(resumed)), expected)
    resumed.close()
    assert any(not torch.equal(one, other) for one, other in zip(plain, degraded, strict=True))
    undegraded = [pictures_of(make(photos, Augmentation()).batch(step, 3, 64)) for step in range(2, 5)]
    assert all(torch.equal(one, other) for one, other in zip(plain, undegraded, strict=True))


@pytest.mark.parametrize("job", DATA)
def test_the_rest_of_a_sample_stays_as_it_is(job: str, photos: list[Path]) -> None:
    """A degraded picture is still the picture it was: crops are drawn as without it."""
    plain, degraded = (pictures_of(DATA[job](photos, augment).batch(2, 3, 64)).float() for augment in (None, ALL))
    assert (plain - degraded).abs().mean() < 12


def test_every_process_degrades_a_sample_alike(photos: list[Path]) -> None:
    data = CodecData(photos, seed=1, largest_scale=0.6, augment=ALL)
    whole = data.batch(3, 4, 32)
    assert torch.equal(torch.stack([data.batch(3, 4, 32, slice(n, None, 2))[0] for n in range(2)]), whole[:2])


def grey(count: int = 3) -> np.ndarray:
    return np.full((count, 3, 64, 64), 100, np.uint8)


def test_shares_are_those_of_the_samples() -> None:
    noisy = Augmentation(noise=0.25)
    changed = [not np.array_equal(noisy(grey(1), 5, number), grey(1)) for number in range(200)]
    assert 0.15 < np.mean(changed) < 0.35


def test_frames_of_a_sample_are_degraded_alike_but_with_noise_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "DEAD_SHARE", 0.0)
    frames = Augmentation(noise=1.0)(grey(), 7).astype(float)
    deviations = frames.std((1, 2, 3))
    assert 0.8 < deviations.min() <= deviations.max() < 8.5
    assert deviations == pytest.approx(deviations.mean(), rel=0.05)
    assert not np.array_equal(frames[0], frames[1])
    still = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8), 3, axis=0)
    for degraded in (Augmentation(blur=1.0)(still, 7), Augmentation(jpeg=1.0)(still, 7)):
        assert not np.array_equal(degraded, still)
        assert np.array_equal(degraded[0], degraded[1])


def test_dead_pixels_are_black_or_white_in_every_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "DEAD_SHARE", 1.0)
    degraded = Augmentation(noise=1.0)(grey(), 11)
    levels = set(np.unique(degraded).tolist())
    assert levels == {0, 100, 255}
    dead = degraded != 100
    assert 0 < dead.mean() < 0.02
    assert (dead.all(1) == dead.any(1)).all()


def test_blur_and_jpeg_take_detail_and_keep_the_mean() -> None:
    fine = np.random.default_rng(2).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)
    for change in (Augmentation(blur=1.0), Augmentation(jpeg=1.0)):
        degraded = change(fine, 3)
        assert degraded.std() < fine.std()
        assert degraded.mean() == pytest.approx(fine.mean(), abs=2)
    flat = Augmentation(blur=1.0, jpeg=1.0)(grey(), 3)
    assert np.abs(flat.astype(int) - 100).max() <= 2


def test_a_gamma_curve_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        gamma, gain = float(rng.uniform(0.7, 1.4)), float(rng.uniform(0.85, 1.15))
        by_hand = np.rint(255 * gain * (np.arange(256) / 255) ** gamma).clip(0, 255)
        assert np.array_equal(gamma_curve(gamma, gain), by_hand)
