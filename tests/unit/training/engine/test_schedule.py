"""When a run ends, and how its learning rate changes."""

import pytest

from restore.errors import UsageError
from restore.training.engine.schedule import Limits, cosine


def test_limits_and_schedule() -> None:
    assert Limits(steps=10).share(5, 1e6) == 0.5
    assert Limits(minutes=2).share(99999, 60) == 0.5
    assert Limits(minutes=2).share(0, 500) == 1.0
    with pytest.raises(UsageError, match="one of the two"):
        Limits()
    with pytest.raises(UsageError, match="positive"):
        Limits(steps=0)
    assert cosine(0.05, 1.0, 0.1, warmup=0.1) == pytest.approx(0.5)
    assert cosine(0.1, 1.0, 0.1, warmup=0.1) == pytest.approx(1.0)
    assert cosine(0.55, 1.0, 0.1, warmup=0.1) == pytest.approx(0.55)
    assert cosine(1.0, 1.0, 0.1, warmup=0.1) == pytest.approx(0.1)
