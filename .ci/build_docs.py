#!/usr/bin/env python3
"""Builds the documentation into site/, from the Markdown files of the repository and the docstrings.

    python .ci/build_docs.py

The Markdown files are copied to build/docs/ in the places they have in the repository, so that a link works on both
sides; a page for each package, with the docstrings of its modules, is written beside them; and MkDocs makes the site.
Docstrings are read from build/types/ (see .ci/link_tree) without importing anything: neither torch nor an installed
copy of this package can take part. A warning is an error: a link, an anchor or a picture that is missing, a page that
nothing leads to, a parameter that a docstring describes and the function lacks. So is a page that would load something
from another machine.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *("README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"),
    *("codecs/FORMAT.md", "pretrained/*.md", "docs"),
]
"""What becomes pages, with the pictures that they show."""
LOADED = re.compile(r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
"""What a browser would fetch from elsewhere as soon as a page opens."""


def copy_pages(target: Path) -> None:
    """Copy the Markdown files and their pictures, in the places that they have in the repository."""
    shutil.rmtree(target, ignore_errors=True)
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copyfile)(path, copy)


def packages(tree: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Each package below `tree`, the folder that holds `restore/`: its name, its docstring, its modules."""
    for folder, inside, files in os.walk(tree / "restore", followlinks=True):
        inside[:] = sorted(name for name in inside if name != "__pycache__")
        if "__init__.py" in files:
            source = Path(folder, "__init__.py").read_text(encoding="utf-8")
            name = ".".join(Path(folder).relative_to(tree).parts)
            modules = sorted(file.removesuffix(".py") for file in files if file.endswith(".py") and file[0] != "_")
            yield name, ast.get_docstring(ast.parse(source)) or "", modules


def write_module_pages(target: Path, tree: Path) -> None:
    """Write a page for each package, and one that lists them; a package's docstring has columns and stays as it is."""
    target.mkdir(parents=True)
    lines = ["# All modules", "", "What each package is for; its page shows the docstrings of its modules.", ""]
    for name, docstring, modules in packages(tree):
        page = [f"# {name}", "", "```text", docstring, "```", ""]
        page += [f"::: {name}.{module}\n" for module in modules]
        (target / f"{name}.md").write_text("\n".join(page), encoding="utf-8")
        lines.append(f"- [`{name}`]({name}.md): {docstring.partition(chr(10) * 2)[0]}")
    (target / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def fetched_from_elsewhere(site: Path) -> list[str]:
    """What the pages of a site load from other machines: `page: element`."""
    return [
        f"{page.relative_to(site)}: {match.group()}"
        for page in sorted(site.rglob("*.html"))
        for match in LOADED.finditer(page.read_text(encoding="utf-8"))
    ]


def main() -> int:
    """Build the site; 0 if nothing is wrong with it."""
    tree = subprocess.run([ROOT / ".ci" / "link_tree"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    copy_pages(ROOT / "build" / "docs")
    write_module_pages(ROOT / "build" / "docs" / "modules", Path(tree))
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # an announcement of the theme's, not a fault of ours
    built = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=ROOT, env=quiet, check=False)
    if built.returncode:
        return built.returncode
    faults = fetched_from_elsewhere(ROOT / "site")
    for fault in faults:
        print(f"docs: {fault} would be fetched from elsewhere", file=sys.stderr)
    print(f"{len(list((ROOT / 'site').rglob('*.html')))} pages in {ROOT / 'site'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
