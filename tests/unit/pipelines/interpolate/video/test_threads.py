"""Reading ahead and writing behind: in order, never too far, and errors where they belong."""

import threading
import time
from collections.abc import Iterator

import pytest

from restore.pipelines.interpolate.video.threads import background_worker, prefetch


def wait_until(condition: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_items_come_in_order(count: int) -> None:
    assert list(prefetch(iter(range(50)), count)) == list(range(50))


def test_no_more_than_asked_for_is_fetched_ahead() -> None:
    fetched: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20):
            fetched.append(number)
            yield number

    source = prefetch(items(), 2)
    assert next(source) == 0
    wait_until(lambda: len(fetched) >= 3)
    time.sleep(0.05)
    assert len(fetched) == 3, "one given, two ahead"
    source.close()
    assert not any(thread.name.startswith("prefetch") for thread in threading.enumerate())


def test_an_error_comes_after_what_was_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("lost")

    source = prefetch(items(), 4)
    assert next(source) == 1
    with pytest.raises(KeyError, match="lost"):
        next(source)


def test_work_is_done_behind_in_order_and_waited_for() -> None:
    done: list[int] = []
    with background_worker(3) as worker:
        for number in range(20):
            worker.submit(done.append, number)
    assert done == list(range(20))


def test_no_more_than_asked_for_waits() -> None:
    gate = threading.Event()
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        gate.wait(10)

    with background_worker(2) as worker:
        worker.submit(work, 1)
        worker.submit(work, 2)
        later = threading.Thread(target=worker.submit, args=(work, 3))
        later.start()
        later.join(0.05)
        assert later.is_alive()
        gate.set()
        later.join()
    assert begun == [1, 2, 3]


def test_an_error_behind_is_raised_in_front() -> None:
    def fail() -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"), background_worker(1) as worker:
        worker.submit(fail)
    with background_worker(1) as worker:
        worker.submit(fail)
        with pytest.raises(OSError, match="full"):
            worker.finish()
