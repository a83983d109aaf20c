"""A run shared by processes: gradients of the whole batch, each its own samples, one writer, any number on resuming."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from restore.errors import UsageError
from restore.training.codec.data import CodecData
from restore.training.engine.processes import ALONE, Processes, joined_processes
from tests.support.training_runs import write_photos

RUNS = ("whole", "parts")
WORKER = Path(__file__).parents[3] / "support" / "training_worker.py"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, 6, np.random.default_rng(4), cells=(40, 30), size=(256, 192))
    return folder


def shared(count: int, *words: object) -> str:
    """What a worker prints that `torchrun` starts so many times."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
    inherited = {name: value for name, value in os.environ.items() if name != "WORLD_SIZE"}
    done = subprocess.run(
        [*command, str(WORKER), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**inherited, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(WORKER.parents[2])},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_gradients_of_two_processes_are_those_of_one_with_the_whole_batch(photos: Path, tmp_path: Path) -> None:
    """Of all recipes, and of both stages of the inpainter's first; relative to each tensor's largest gradient."""
    for count in (1, 2):
        shared(count, "gradients", photos, tmp_path / f"{count}.pt")
    one, two = (torch.load(tmp_path / f"{count}.pt", weights_only=True) for count in (1, 2))
    assert (
        one.keys()
        == two.keys()
        == {
            "codec",
            "regression",
            "adversarial",
            "discriminator",
            "wide",
            "wide discriminator",
            "interpolate",
        }
    )
    for recipe, gradients in one.items():
        assert gradients.keys() == two[recipe].keys()
        largest = max(float(gradient.abs().max()) for gradient in gradients.values())
        for name, gradient in gradients.items():
            off = float((gradient - two[recipe][name]).norm()) / (float(gradient.norm()) + 1e-4 * largest)
            assert off < 1e-5, (recipe, name, off)


def test_a_run_goes_on_with_another_number_of_processes(photos: Path, tmp_path: Path) -> None:
    """Two processes, then one: the losses of a run by one process alone, and one log.

    Weights are not compared: AdamW makes whole steps of gradients that are next to nothing, and symbols are rounded.
    """
    shared(1, "run", photos, tmp_path / "whole", 6)
    shared(2, "run", photos, tmp_path / "parts", 6, "stop-after", 3)
    assert [path.name for path in sorted((tmp_path / "parts" / "checkpoints").iterdir())] == ["step-00000003.pt"]
    made = shared(1, "run", photos, tmp_path / "parts", 6)
    assert made.split() == ["codec.safetensors"]
    logs = [[json.loads(line) for line in (tmp_path / name / "log.jsonl").read_text().splitlines()] for name in RUNS]
    whole, parts = ([row for row in log if row["kind"] == "train"] for log in logs)
    assert [row["step"] for row in parts] == [1, 2, 3, 4, 5, 6]
    losses = [row["loss"] for row in whole]
    assert [row["loss"] for row in parts] == pytest.approx(losses, rel=1e-2)
    assert max(losses) > 1.5 * min(losses), "batches that are all alike would show nothing"


def test_samples_are_shared_without_loss_or_repetition(photos: Path) -> None:
    data = CodecData(sorted(photos.iterdir()), seed=1, largest_scale=0.6)
    whole = data.batch(3, 5, 32)
    parts = [data.batch(3, 5, 32, Processes(rank, 2).own) for rank in range(2)]
    assert [len(part) for part in parts] == [3, 2]
    assert torch.equal(parts[0], whole[0::2])
    assert torch.equal(parts[1], whole[1::2])


def test_random_numbers_are_those_of_the_whole_batch() -> None:
    torch.manual_seed(0)
    whole = ALONE.uniform_like(torch.zeros(4, 3))
    for rank in range(2):
        torch.manual_seed(0)
        assert torch.equal(Processes(rank, 2).uniform_like(torch.zeros(2, 3)), whole[rank::2])


def test_batches_that_cannot_be_shared_evenly_are_refused() -> None:
    Processes(0, 2).require_even_shares(4, 2)
    with pytest.raises(UsageError, match="a batch of 3 cannot be shared evenly among 2 processes"):
        Processes(0, 2).require_even_shares(4, 3)


def test_one_card_cannot_serve_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    with joined_processes(torch.device("cpu")) as alone:
        assert alone == (ALONE, torch.device("cpu"))
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="cannot share cuda:1"), joined_processes(torch.device("cuda:1")):
        pass
