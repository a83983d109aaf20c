"""The log of a training run: lines of JSON, and TensorBoard where it is installed."""

import json
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any


class RunLog(AbstractContextManager["RunLog"]):
    """Appends to `log.jsonl`, and to TensorBoard where the `[train]` extra is installed.

    Args:
        run: the run's folder, which exists.
    """

    def __init__(self, run: Path) -> None:
        self._file = (run / "log.jsonl").open("a", encoding="utf-8")
        self._board = _open_tensorboard(run)

    def write(self, kind: str, step: int, seconds: float, stage: str, values: dict[str, float]) -> None:
        """Note figures of a step; `kind` is "train" or "validate"."""
        row = {"kind": kind, "step": step, "seconds": round(seconds, 1), "stage": stage, **values}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        with self._board as board:
            for name, value in values.items():
                if board is not None:
                    board.add_scalar(f"{kind}/{name}", value, step)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def read_log(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's log, oldest first; one that was cut off by a kill is left out."""
    path = run / "log.jsonl"
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with suppress(ValueError):
            rows.append(json.loads(line))
    return rows


def _open_tensorboard(run: Path) -> AbstractContextManager[Any]:
    """A context that yields TensorBoard's writer, or None where the `[train]` extra is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return nullcontext(None)
    return nullcontext(SummaryWriter(str(run / "tensorboard")))
