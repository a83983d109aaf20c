"""The tests in this layout: codecs/ is never collected, tests/cli/ is found, and no test reaches the network.

Collecting codecs/ would replace the standard library's module of that name.
"""

import shutil
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.processes import clean_environment, run

TRAP = "import sys\nraise RuntimeError('collected ' + __file__)\n"
CANARY = "import codecs\n\ndef test_standard() -> None:\n    assert codecs.lookup('utf-8').name == 'utf-8'\n"


def test_pytest_collects_the_tests_and_never_the_packages(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "restore"  # as git clone names it
    for folder in ("cli", "codecs", "pretrained", "restore"):
        (clone / folder).mkdir(parents=True)
        (clone / folder / "__init__.py").write_text(TRAP, encoding="utf-8")
        (clone / folder / "test_trap.py").write_text(TRAP, encoding="utf-8")
    (clone / "tests" / "cli").mkdir(parents=True)
    (clone / "tests" / "cli" / "test_canary.py").write_text(CANARY, encoding="utf-8")
    shutil.copy(repository / "pyproject.toml", clone)
    for arguments in ([], ["."], ["--doctest-modules", "."]):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        done = run(command, clone, clean_environment())
        assert done.returncode == 0, done.stdout
        assert done.stdout.splitlines()[-1].startswith("1 passed")


def test_no_test_reaches_the_network() -> None:
    with pytest.raises(RuntimeError, match="a test wants the network"):
        urllib.request.urlopen("http://localhost:9/")
