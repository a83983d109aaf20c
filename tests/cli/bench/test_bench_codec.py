"""`restore bench codec`: what it passes on, what it prints, and the files it writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.models.webp_codec import WebpCodec


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Puts a stand-in where the bench finds our codec; holds what it was asked for."""
    asked: list[tuple[str, str, str]] = []

    def load(weights: str = "codec", device: str = "auto", part: str = "all") -> WebpCodec:
        asked.append((weights, device, part))
        return WebpCodec()

    monkeypatch.setattr("restore.codecs.loading.load_codec", load)
    monkeypatch.setattr("restore.pipelines.codec.image_codec.ImageCodec", lambda codec: codec)
    return asked


def test_tables_and_files(run: Any, photos: Any, loads: list[tuple[str, str, str]]) -> None:
    words = ["--methods", "restore,restore-linear,jpeg,webp", "--weights", "run/", "--steps", 4, "--device", "cpu"]
    files = ["--csv", "out.csv", "--plot", "plot.png", "--sheet", "sheet.png", "--sheet-bpp", 1]
    done = run("bench", "codec", "photos", *words, *files)
    assert done.code == 0, done.err
    for name in ("restore", "restore-linear", "jpeg", "webp"):
        assert sum(line.split()[:1] == [name] for line in done.out.splitlines()) == 4
    assert "BD-rate" in done.out
    assert loads == [("run/", "cpu", "all"), ("run/", "cpu", "linear")]
    rows = Path("out.csv").read_text().splitlines()
    assert sum(row.startswith("picture,") for row in rows[1:]) == 2 * 4 * 4
    assert [Path(name).read_bytes()[:4] for name in ("plot.png", "sheet.png")] == [b"\x89PNG"] * 2
    refused = run("bench", "codec", "photos", *words, "--plot", "plot.png")
    assert refused.code == 2
    assert "plot.png: exists already" in refused.error


def test_json(run: Any, photos: Any) -> None:
    words = ["--methods", "jpeg", "--steps", 4, "--limit", 1, "--at", "1,2", "--range", "0.5,4", "--json", "-q"]
    done = run("bench", "codec", "photos", *words)
    assert (done.code, done.err) == (0, "")
    figures = json.loads(done.out)
    assert [(row["picture"], row["method"]) for row in figures["rows"]] == [("a.png", "jpeg")] * 4
    assert figures["conditions"]["rates"] == [1, 2]
    assert (figures["conditions"]["low"], figures["conditions"]["high"]) == (0.5, 4)


def test_the_warning_of_lossy_files_and_the_notes_are_printed(run: Any, photos: Any) -> None:
    photos.save_picture("one.jpg")
    done = run("bench", "codec", "one.jpg", "--methods", "jpeg", "--steps", 4)
    assert done.code == 0
    assert "warning: 1 of 1 pictures came from lossy files (one.jpg)" in done.out
    assert "one.jpg: MS-SSIM on 2 scales" in done.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["empty"], 2, "holds no picture"),
        (["photos", "--methods", "bpg"], 2, "bpg"),
        (["photos", "--range", "1.5,0.15"], 2, "--range 1.5,0.15"),
        (["photos", "--range", "0.5"], 2, "--range 0.5"),
        (["photos", "--range", "0,1"], 2, "--range 0,1"),
        (["photos", "--range", "a,b"], 2, "--range a,b"),
        (["photos", "--at", "0"], 2, "--at 0"),
        (["photos", "--steps", "3"], 2, "at least 4"),
        (["photos", "--size", "5"], 2, "11 px"),
        (["photos", "--sheet-bpp", "0"], 2, "--sheet-bpp 0"),
        (["photos", "--plot", "plot.docx"], 2, "plot.docx"),
        (["photos", "--sheet", "x.png", "--plot", "x.png"], 2, "both be written to x.png"),
        (["broken.png", "--methods", "jpeg"], 3, "broken.png"),
    ],
)
def test_refusals(refuse: Any, photos: Any, words: list[str], code: int, message: str) -> None:
    Path("broken.png").write_text("no picture")
    Path("empty").mkdir()
    refuse("codec", words, code, message)
