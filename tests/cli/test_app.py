"""The program as a process of its own: what a shell sees."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import read_terminal, run, run_fresh

ROOT = Path(__file__).resolve().parents[2]


def restore(*words: str, folder: Path = ROOT, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m restore` as a user of this checkout would."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **more.pop("env", {})}
    return run([sys.executable, "-m", "restore", *words], folder, environment, **more)


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_the_commands(words: list[str]) -> None:
    done = restore(*words)
    assert (done.returncode, done.stderr) == (0, "")
    commands = ("inpaint", "extend", "compress", "decompress", "info", "train", "bench")
    assert all(word in done.stdout for word in (*commands, "--version", "Exit codes"))


def test_version() -> None:
    done = restore("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("restore 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    done = restore("--show-completion", shell, env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    assert done.returncode == 0
    assert "_RESTORE_COMPLETE" in done.stdout


def test_completion_offers_the_commands() -> None:
    done = restore(env={"_RESTORE_COMPLETE": "complete_bash", "COMP_WORDS": "restore inp", "COMP_CWORD": "1"})
    assert done.stdout.split() == ["inpaint"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["polish"], "No such command 'polish'"),
        (["inpaint", "--polish"], "No such option: --polish"),
        (["extend", "nowhere.png", "--left", "20%"], "nowhere.png: no such file"),
        (["train", "inpaint"], "DATA"),
        (["bench", "inpaint", "nowhere"], "nowhere: no such folder or picture"),
        (["inpaint", "nowhere.png", "mask.png"], "mask.png: no such file for the mask"),
    ],
)
def test_usage_errors(words: list[str], message: str, tmp_path: Path) -> None:
    done = restore(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("restore: error: ")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


SLOW = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs in the background
import sys, time
import restore.pipelines.inpaint.inpainter as pipeline
from restore.cli.app import main

class Slow:
    device = "cpu"

    def pictures(self, picture, hole, options=None, variants=1, *, on_progress=None, notify=None):
        print("working", file=sys.stderr, flush=True)
        time.sleep(60)
        yield picture

pipeline.load_inpainter = lambda *words, **more: Slow()
sys.exit(main())
"""


def test_ctrl_c_leaves_the_old_file(desk: Any) -> None:
    old = desk.folder / "photo.inpainted.png"
    old.write_text("old")
    words = ["inpaint", "photo.png", "mask.png", "--force"]
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *words],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert first == "working\n"
    assert process.returncode == 130
    assert rest == "restore: error: interrupted; nothing half-written was left\n"
    assert old.read_text() == "old"
    assert desk.names() == {"photo.png", "mask.png", "photo.inpainted.png"}


BROKEN = """
import sys
import restore.cli.inpaint.plan as inputs
from restore.cli.app import main

def fault(*words):
    raise ValueError("a fault of ours")

import restore.cli.inpaint.command
restore.cli.inpaint.command.find_pairs = fault
sys.exit(main())
"""


def test_a_fault_of_ours_is_one_line_too(desk: Any) -> None:
    def broken(*words: str) -> subprocess.CompletedProcess[str]:
        return run_fresh(BROKEN, "inpaint", "photo.png", "mask.png", *words, folder=desk.folder, check=False)

    plain = broken()
    assert plain.returncode == 1
    assert plain.stderr.startswith("restore: error: unforeseen ValueError: a fault of ours")
    assert len(plain.stderr.splitlines()) == 1
    assert "Traceback" in broken("-vv").stderr


def test_progress_moves_on_a_terminal_only(desk: Any) -> None:
    pty = pytest.importorskip("pty")
    program = SLOW.replace("time.sleep(60)", "[on_progress(n, 4) or time.sleep(0.2) for n in range(1, 5)]")
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program, "inpaint", "photo.png", "mask.png"],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as done:
        os.close(follower)
        shown = read_terminal(leader)
        assert done.stdout is not None
        out = done.stdout.read()
    assert done.returncode == 0
    assert out == b"photo.inpainted.png\n"
    assert b"photo.png" in shown
    assert b"100 %" in shown
    assert b"parts/s" in shown


def test_stdout_that_cannot_be_written(desk: Any) -> None:
    program = SLOW.replace("time.sleep(60)", "pass")
    for words in ([], ["-o", "-"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-c", program, "inpaint", "photo.png", "mask.png", "--force", *words],
                cwd=desk.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=120,
            )
        assert done.returncode == 5
        assert done.stderr.splitlines()[-1].startswith("restore: error: stdout: No space left on device")
        assert len(done.stderr.splitlines()) == 2  # "working" and the error
