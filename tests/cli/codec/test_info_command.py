"""`restore info`: what a file holds, without a network."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.processes import run_fresh

RUN = """
import runpy, sys
try:
    runpy.run_module("restore", run_name="__main__", alter_sys=True)
except SystemExit as exit:
    code = exit.code
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "numpy", "PIL", "rich"}))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def made(codec: Any) -> bytes:
    """A grey picture of 30 x 20 px, 16 bits, with transparency, at quality 37.5."""
    return bytes(codec.compress(np.full((20, 30, 2), 40000, np.uint16), 37.5))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bytes) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("photo.ric").write_bytes(made)
    return tmp_path


def test_a_line_per_file(run: Any, shelf: Path, made: bytes, codec: Any) -> None:
    done = run("info", "photo.ric")
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 1
    for part in ("photo.ric: 30 x 20 px", "16 bit grey with transparency", "quality 37.5", f"{len(made)} bytes"):
        assert part in done.out
    assert f"model 0, hash {codec.model[1]:08x}" in done.out


def test_json(run: Any, shelf: Path, made: bytes) -> None:
    record = json.loads(run("info", "photo.ric", "--json", "--verify").out)
    expected = {
        "input": "photo.ric",
        "width": 30,
        "height": 20,
        "depth": 16,
        "grey": True,
        "alpha": True,
        "quality": 37.5,
        "model": 0,
        "version": "1.0",
        "bytes": len(made),
        "metadata": [],
        "verified": True,
        "status": "done",
    }
    assert {name: record[name] for name in expected} == expected


def test_stdin(run: Any, made: bytes) -> None:
    assert run("info", "-", stdin=made).out.startswith("stdin: 30 x 20 px")


def test_verify_finds_damage_behind_the_header(run: Any, shelf: Path, made: bytes) -> None:
    shutil.copy("photo.ric", "b.ric")
    Path("cut.ric").write_bytes(made[:-1])
    assert run("info", ".").code == 0
    done = run("info", ".", "--verify")
    assert done.code == 1
    assert [line.partition(":")[0] for line in done.out.splitlines()] == ["b.ric", "photo.ric"]
    assert all(line.endswith("whole") for line in done.out.splitlines())
    assert done.error.startswith("restore: error: cut.ric: ")
    assert done.err.splitlines()[-1] == "restore: 1 of 3 failed: cut.ric"


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "is empty"), (b"GIF89a", "not a .ric file"), (b"\x8aRIC\r\n\x1a\n\1", "truncated")]
)
def test_what_is_no_ric_file(run: Any, shelf: Path, data: bytes, said: str) -> None:
    Path("other.ric").write_bytes(data)
    done = run("info", "other.ric")
    assert done.code == 3
    assert said in done.error
    assert "other.ric" in done.error
    assert run("info", "gone.ric").code == 2


@pytest.mark.parametrize("words", [["info", "photo.ric", "--verify"], ["info", "photo.ric", "--json"]])
def test_info_loads_neither_torch_nor_numpy(shelf: Path, words: list[str]) -> None:
    done = run_fresh(RUN, *words, folder=shelf)
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_a_huge_claim_loads_neither_torch_nor_numpy(shelf: Path) -> None:
    import zlib

    body = bytes([1, 20, 1, 0]) + bytes(8) + 2 * (65535).to_bytes(4, "little") + b"\x08\0"
    Path("huge.ric").write_bytes(b"\x8aRIC\r\n\x1a\n" + body + zlib.crc32(body).to_bytes(4, "little") + bytes(66))
    done = run_fresh(RUN, "decompress", "huge.ric", folder=shelf, check=False)
    assert done.returncode == 3
    assert "65535 x 65535 px" in done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"
