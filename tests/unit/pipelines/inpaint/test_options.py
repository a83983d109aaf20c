import pytest

from restore.errors import UsageError
from restore.pipelines.inpaint.options import InpaintOptions


def test_the_default_options() -> None:
    assert InpaintOptions() == InpaintOptions(0.5, False, 1, 0, "auto", None, None, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"threshold": 0}, {"threshold": 1.1}, {"dilate": -1}, {"feather": 5000}, {"detail": 1.5}, {"max_memory": 0}],
)
def test_options_out_of_range_say_what_to_choose(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=r"out of range: (choose|give)"):
        InpaintOptions(**wrong)
