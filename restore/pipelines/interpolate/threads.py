"""Reading ahead of the network and writing behind it, each in a thread of its own and never by more than a few frames.

Unpacking and packing a picture take longer than a GPU needs to make one, and they release Python's lock.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar

__all__ = ["Behind", "ahead"]

T = TypeVar("T")
P = ParamSpec("P")
_PATIENCE = 0.1  # seconds after which a reader that nobody listens to looks whether it is still wanted


class _End(Generic[T]):
    """What stands behind the last item.

    Attributes:
        error: why there are no more, if not because all are there.
    """

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterator[T], count: int) -> Generator[T, None, None]:
    """The same items, of which up to `count` are fetched before they are asked for.

    Raises:
        BaseException: what `items` raises, at its place.
    """
    if count < 1:
        yield from items
        return
    waiting: queue.Queue[T | _End[T]] = queue.Queue(count)
    unwanted = threading.Event()

    def put(item: T | _End[T]) -> None:
        while not unwanted.is_set():
            try:
                waiting.put(item, timeout=_PATIENCE)
            except queue.Full:
                continue
            return

    def fetch() -> None:
        try:
            for item in items:
                put(item)
                if unwanted.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by the one who asks
            put(_End(error))
        else:
            put(_End())

    thread = threading.Thread(target=fetch, name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        thread.join()


class Behind:
    """Does one piece of work after the other in a thread; a context manager that waits for what is left."""

    def __init__(self, count: int) -> None:
        """Args: ``count``, how many pieces may wait."""
        self._count = count
        self._pool = ThreadPoolExecutor(1, "behind")
        self._waiting: deque[Future[object]] = deque()

    def do(self, work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have a piece of work done.

        Raises:
            BaseException: what an earlier piece raised.
        """
        while len(self._waiting) >= self._count:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(work, *args, **kwargs))

    def finish(self) -> None:
        """Wait for all of it.

        Raises:
            BaseException: what a piece raised.
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
