"""pyproject.toml against the disk: the package list is kept by hand, and so are the dependencies."""

import ast
import re
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

# Declared, though no line of ours imports them by that name, and why.
USED_THROUGH_ANOTHER = {"tensorboard": "torch.utils.tensorboard writes with it"}
EXTRAS = ("bench", "heif", "rivals", "train")
DISTRIBUTION_OF = {
    "PIL": "pillow",
    "cv2": "opencv-contrib-python-headless",
    "patchmatch": "pypatchmatch",
    "pillow_heif": "pillow-heif",
    "skimage": "scikit-image",
}


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


def distribution(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    if match is None:
        pytest.fail(f"no name in the requirement {requirement!r}")
    return match.group().lower()


def test_the_package_list_is_the_folders_on_disk(project: dict[str, Any], sources: dict[str, Path]) -> None:
    folders = {name if path.stem == "__init__" else name.rpartition(".")[0] for name, path in sources.items()}
    assert sorted(project["tool"]["setuptools"]["packages"]) == sorted(folders)


def test_every_package_says_what_it_is_for(sources: dict[str, Path]) -> None:
    folders = {path.parent for path in sources.values()}
    bare = [folder.name for folder in sorted(folders) if not (folder / "__init__.py").is_file()]
    assert bare == [], "packages without an __init__.py"


def test_what_is_imported_is_declared_and_what_is_declared_is_used(
    project: dict[str, Any], sources: dict[str, Path]
) -> None:
    imported = set()
    for path in sources.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"restore"}
    used = {DISTRIBUTION_OF.get(name, name).lower() for name in foreign}
    extras = project["project"]["optional-dependencies"]
    declared = {
        distribution(requirement)
        for requirement in [*project["project"]["dependencies"], *chain(*(extras[name] for name in EXTRAS))]
    }
    assert sorted(used - declared) == [], "imported but not declared"
    assert sorted(declared - used - set(USED_THROUGH_ANOTHER)) == [], "declared but not used"


def test_a_name_that_needs_an_extra_is_never_imported_at_the_top_of_a_module(
    project: dict[str, Any], sources: dict[str, Path]
) -> None:
    always = {distribution(requirement) for requirement in project["project"]["dependencies"]}
    offenders = []
    for name, path in sources.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            roots = []
            if isinstance(node, ast.Import):
                roots = [alias.name.partition(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                roots = [node.module.partition(".")[0]]
            offenders += [
                f"{name} imports {root}"
                for root in roots
                if root not in sys.stdlib_module_names and root != "restore"
                if DISTRIBUTION_OF.get(root, root).lower() not in always
            ]
    assert offenders == []


def test_no_file_of_ours_is_larger_than_one_idea(sources: dict[str, Path], repository: Path) -> None:
    sizes = {path: path.stat().st_size for path in [*sources.values(), *(repository / "tests").rglob("*.py")]}
    assert [str(path) for path, size in sizes.items() if size > 15 * 1024] == []
