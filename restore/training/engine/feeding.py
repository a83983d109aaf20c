"""How a recipe comes by its batches: made ahead, of the size that the schedule wants, its own samples of each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from restore.training.engine.processes import Processes

BatchT = TypeVar("BatchT")
BatchT_co = TypeVar("BatchT_co", covariant=True)


class Batches(Protocol[BatchT_co]):
    """Data as a pure function of the step."""

    def batches(self, start: int, count: int, side: int, own: slice) -> Iterator[BatchT_co]:
        """Batches from step `start` on, those of `count` samples of `side` px that are one's own; endless."""


class Fed(Generic[BatchT]):
    """A recipe that learns from crops.

    Args:
        config: its settings, `crop` and `batch` among them.
        data: where batches come from.
        processes: those that share the run.
    """

    def __init__(self, config: Any, data: Batches[BatchT], processes: Processes) -> None:
        self.config, self.data, self.processes = config, data, processes
        self.feed: Iterator[BatchT] | None = None
        self._feeding: tuple[int, int] | None = None  # as long as nobody asked for another size, any feed will do

    @property
    def crops(self) -> tuple[int, int]:
        """Side of its crops in pixels, and how many of a step's are its own."""
        return self.config.crop, self.config.batch // self.processes.count

    def take_crops(self, side: int, batch: int) -> None:
        """Train on other crops from now on."""
        self.config, self.feed = replace(self.config, crop=side, batch=batch), None

    def next_batch(self, step: int, count: int, side: int) -> BatchT:
        """The batch of a step that follows the last one asked for."""
        if self.feed is None or self._feeding not in (None, (count, side)):
            self.feed, self._feeding = self.data.batches(step, count, side, self.processes.own), (count, side)
        return next(self.feed)
