"""Reading ahead of the network and writing behind it, each in a thread of its own, never by more than a few frames.

Decoding and encoding a frame take longer than a GPU needs to make one, and they release Python's lock.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

__all__ = ["BackgroundWorker", "background_worker", "prefetch"]

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


@contextlib.contextmanager
def background_worker(count: int) -> Iterator["BackgroundWorker"]:
    """A worker with a thread of its own, where up to `count` tasks may wait; leaving waits for all of them.

    Raises:
        BaseException: what a task raised.
    """
    with ThreadPoolExecutor(1, "background") as pool:
        worker = BackgroundWorker(pool, count)
        yield worker
    worker.finish()


class BackgroundWorker:
    """Does one task after the other in the thread of a pool; up to `count` tasks may wait."""

    def __init__(self, pool: ThreadPoolExecutor, count: int) -> None:
        self._pool, self._count = pool, count
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
