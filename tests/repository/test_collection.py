"""pytest in this layout: collecting codecs/ would replace the standard library's module, tests/cli/ must be found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TRAP = "import sys\nraise RuntimeError('collected ' + __file__)\n"
CANARY = "import codecs\n\ndef test_standard() -> None:\n    assert codecs.lookup('utf-8').name == 'utf-8'\n"


def test_pytest_collects_the_tests_and_never_the_rooms(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "restore"  # as git clone names it
    for room in ("cli", "codecs", "pretrained", "restore"):
        (clone / room).mkdir(parents=True)
        (clone / room / "__init__.py").write_text(TRAP, encoding="utf-8")
        (clone / room / "test_trap.py").write_text(TRAP, encoding="utf-8")
    (clone / "tests" / "cli").mkdir(parents=True)
    (clone / "tests" / "cli" / "test_canary.py").write_text(CANARY, encoding="utf-8")
    shutil.copy(repository / "pyproject.toml", clone)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    for arguments in ([], ["."], ["--doctest-modules", "."]):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=clone,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
        assert done.stdout.splitlines()[-1].startswith("1 passed")
