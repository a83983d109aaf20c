"""`restore bench interpolate`: what it passes on, what it prints, and the files it writes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest

from restore.pretrained import store


class Mixer:
    """A mean, with the one method of our network."""

    def between(
        self, frame0: npt.NDArray[Any], frame1: npt.NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> list[npt.NDArray[Any]]:
        return [(frame0 // 2 + frame1 // 2).astype(frame0.dtype) for _ in times]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Puts a stand-in where the bench finds our network; holds what it was asked for."""
    asked: list[tuple[str, str, str]] = []

    def load(weights: str = "interpolate", device: str = "auto", *, part: str = "all") -> Mixer:
        asked.append((weights, device, part))
        return Mixer()

    monkeypatch.setattr("restore.pipelines.interpolate.interpolator.load_interpolator", load)
    return asked


def test_tables_and_files(run: Any, videos: Any, loads: list[tuple[str, str, str]]) -> None:
    words = [
        "--methods",
        "restore@2,restore-untrained,restore-newborn,copy,minterpolate",
        "--weights",
        "run/",
        "--device",
        "cpu",
    ]
    done = run("bench", "interpolate", "videos", *words, "--csv", "out.csv", "--sheet", "sheet.png")
    assert done.code == 0, done.err
    for name in ("restore@2", "restore-untrained", "restore-newborn", "copy", "minterpolate", "clip.mp4", "set"):
        assert sum(line.split()[:1] == [name] for line in done.out.splitlines()) >= 1
    assert done.out.startswith("4 triplets of 2 sets and clips")
    assert loads == [("run/", "cpu", "all"), ("run/", "cpu", "untrained")]
    rows = Path("out.csv").read_text().splitlines()
    assert sum(row.startswith("triplet,") for row in rows[1:]) == 4 * 5
    assert Path("sheet.png").read_bytes()[:4] == b"\x89PNG"
    refused = run("bench", "interpolate", "videos", *words, "--sheet", "sheet.png")
    assert refused.code == 2
    assert "sheet.png: exists already" in refused.error


def test_json_of_a_list(run: Any, videos: Any) -> None:
    words = ["--list", "list.csv", "--most", 2, "--long-side", 60, "--methods", "blend", "--json", "-q"]
    done = run("bench", "interpolate", "videos", *words)
    assert (done.code, done.err) == (0, "")
    figures = json.loads(done.out)
    assert [(row["set"], row["method"], row["width"]) for row in figures["rows"]] == [("clip.mp4", "blend", 60)] * 2
    assert (figures["conditions"]["most"], figures["conditions"]["long_side"]) == (2, 60)


def test_what_cannot_be_read_is_reported_and_makes_the_exit_code_1(run: Any, videos: Any) -> None:
    Path("videos/set/a/im3.png").write_text("no picture")
    done = run("bench", "interpolate", "videos", "--methods", "copy")
    assert done.code == 1
    assert done.out.startswith("3 triplets of 1 set or clip")
    assert "im3.png" in done.out
    assert done.err.splitlines()[-1] == "restore: 1 of 2 sources could not be read"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["empty"], 2, "holds no triplet folders"),
        (["videos", "--list", "nowhere.csv"], 2, "nowhere.csv: no such file"),
        (["videos", "--list", "broken.csv"], 3, "missing.mp4"),
        (["videos", "--methods", "rife"], 2, "rife"),
        (["videos", "--methods", "restore@0"], 2, "restore@0"),
        (["videos", "--long-side", "5"], 2, "32 px"),
        (["videos", "--csv", "list.csv", "--list", "list.csv", "--force"], 2, "overwrite an input"),
        (["broken.mp4", "--methods", "copy"], 3, "broken.mp4"),
    ],
)
def test_refusals(refuse: Any, videos: Any, words: list[str], code: int, message: str) -> None:
    Path("broken.mp4").write_text("no clip")
    Path("broken.csv").write_text("file\nmissing.mp4\n")
    Path("empty").mkdir()
    refuse("interpolate", words, code, message)


def test_asked_for_without_weights_our_network_is_an_error_of_the_weights(
    run: Any, videos: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "manifest", lambda: {"models": {"inpaint": {}}})
    done = run("bench", "interpolate", "videos", "--methods", "restore")
    assert (done.code, done.out) == (4, "")
    assert "no weights 'interpolate': released are inpaint" in done.error
