"""What every `restore bench` command refuses before it measures."""

from collections.abc import Callable
from typing import Any

import pytest

DATA = {"inpaint": "photos", "repair": "photos", "codec": "photos", "interpolate": "videos"}


@pytest.mark.parametrize("job", DATA)
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--csv", "-"], 2, "--csv"),
        (["--csv", "nowhere/x.csv"], 5, "no such folder"),
        (["--sheet", "sheet"], 2, "sheet"),
        (["--sheet", "sheet.docx"], 2, "sheet.docx"),
        (["--sheet", "x.png", "--csv", "x.png"], 2, "both be written to x.png"),
        (["--methods", "restore", "--weights", "nowhere.safetensors"], 4, "nowhere.safetensors"),
        (["--methods", "magic"], 2, "magic"),
        (["--methods", ""], 2, "nothing to measure"),
    ],
)
def test_refusals_of_every_bench(
    refuse: Callable[..., None], photos: Any, videos: Any, job: str, words: list[str], code: int, message: str
) -> None:
    refuse(job, [DATA[job], *words], code, message)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("inpaint", "folder or picture"),
        ("repair", "folder or picture"),
        ("codec", "folder or picture"),
        ("interpolate", "file or folder"),
    ],
)
def test_data_that_is_not_there(refuse: Callable[..., None], job: str, message: str) -> None:
    refuse(job, ["nowhere"], 2, f"nowhere: no such {message}")
