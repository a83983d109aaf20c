"""Checkpoints: the newest ones are kept, and damaged ones are passed over."""

from pathlib import Path

import pytest
import torch

from restore.errors import TrainingError
from restore.training.engine.checkpoint import latest_checkpoint, list_checkpoints, save_checkpoint


def test_only_the_newest_checkpoints_are_kept_and_damaged_ones_passed_over(tmp_path: Path) -> None:
    for step in range(5):
        save_checkpoint(tmp_path, step, {"value": step})
    assert [path.name for path in list_checkpoints(tmp_path)] == [f"step-{step:08d}.pt" for step in (2, 3, 4)]
    list_checkpoints(tmp_path)[-1].write_bytes(b"half")
    state = latest_checkpoint(tmp_path, torch.device("cpu"))
    assert state is not None
    assert state["value"] == 3
    for path in list_checkpoints(tmp_path):
        path.write_bytes(b"half")
    with pytest.raises(TrainingError, match="all 3 checkpoints"):
        latest_checkpoint(tmp_path, torch.device("cpu"))
