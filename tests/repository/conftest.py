"""What the tests about the repository itself look at: its root, and every module of ours by its import name."""

from pathlib import Path

import pytest

ROOMS = {"restore": "restore", "restore.cli": "cli", "restore.codecs": "codecs", "restore.pretrained": "pretrained"}


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sources(repository: Path) -> dict[str, Path]:
    """Import name to file, for every Python file in the four folders: read from the disk, not from pyproject.toml."""
    found = {}
    for package, folder in ROOMS.items():
        for path in sorted((repository / folder).rglob("*.py")):
            parts = path.relative_to(repository / folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            found[name] = path
    return found
