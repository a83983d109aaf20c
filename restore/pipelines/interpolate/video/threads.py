"""Reading ahead of the network and writing behind it, each in a thread of its own, never by more than a few frames.

Decoding and encoding a frame take longer than a GPU needs to make one, and they release Python's lock.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

__all__ = ["BackgroundWorker", "prefetch"]

T = TypeVar("T")
P = ParamSpec("P")
_END = object()


def prefetch(items: Iterator[T], count: int) -> Generator[T, None, None]:
    """The same items, of which up to `count` are fetched in a thread before they are asked for.

    Raises:
        BaseException: what `items` raises, at its place.
    """
    if count < 1:
        yield from items
        return
    pool = ThreadPoolExecutor(1, "prefetch")
    waiting: deque[Future[T | object]] = deque(pool.submit(next, items, _END) for _ in range(count))
    try:
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(pool.submit(next, items, _END))
            yield item  # type: ignore[misc]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class BackgroundWorker:
    """Does one task after the other in a thread; a context manager that waits for what is left.

    Args:
        count: how many tasks may wait.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(1, "background")
        self._waiting: deque[Future[object]] = deque()

    def submit(self, task: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have a task done; waits while too many wait already.

        Raises:
            BaseException: what an earlier task raised.
        """
        while len(self._waiting) >= self._count:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(task, *args, **kwargs))

    def finish(self) -> None:
        """Wait for all tasks.

        Raises:
            BaseException: what a task raised.
        """
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if kind is None:
            self.finish()
