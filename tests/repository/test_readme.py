"""The README's two commands are where .ci/run looks for them, and name files that are there."""

import shlex
import subprocess
from pathlib import Path

import pytest


def command(repository: Path, name: str) -> list[str]:
    done = subprocess.run(
        [repository / ".ci" / "readme_command", name], capture_output=True, text=True, check=True, timeout=60
    )
    return shlex.split(done.stdout)


def test_the_first_command_installs_and_repairs_a_picture_that_ships(repository: Path) -> None:
    words = command(repository, "install")
    assert words[:4] == ["python3", "-m", "venv", ".venv"]
    shipped = [word for word in words if word.startswith("tests/data/")]
    assert len(shipped) == 2, "a photograph and a mask"
    assert [word for word in shipped if not (repository / word).is_file()] == []


def test_the_second_command_runs_the_tests(repository: Path) -> None:
    assert "pytest" in command(repository, "test")


def test_a_command_the_readme_lacks_is_an_error(repository: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        command(repository, "no such command")
