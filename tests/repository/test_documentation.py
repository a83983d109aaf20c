"""The documentation agrees with the repository: links, pages, and the options that it names."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from tests.support.markdown_pages import Page, command_of, named_options, options_of, pages, program, table_options

README_BYTES = 6600
"""Most that the front page may have: a reader is at the commands after one screen."""
FOREIGN_OPTIONS = {"--nproc-per-node"}
"""Options of other programs that the pages name."""
MKDOCS_ONLY = ("docs/reference/",)
"""Pages whose content MkDocs makes of the docstrings."""

OPTION_TABLES = [
    ("inpaint.md", ["Options"], ["inpaint"]),
    ("repair.md", ["Options"], ["repair"]),
    ("extend.md", ["Options"], ["extend"]),
    ("interpolate.md", ["Options"], ["interpolate"]),
    ("codec.md", ["`restore compress`"], ["compress"]),
    ("codec.md", ["`restore decompress`"], ["decompress"]),
    ("codec.md", ["`restore info`"], ["info"]),
    ("training.md", ["Options"], ["train inpaint", "train repair", "train codec", "train interpolate"]),
    ("benchmarks.md", ["Options of all", "`restore bench inpaint`"], ["bench inpaint"]),
    ("benchmarks.md", ["Options of all", "`restore bench repair`"], ["bench repair"]),
    ("benchmarks.md", ["Options of all", "`restore bench codec`"], ["bench codec"]),
    ("benchmarks.md", ["Options of all", "`restore bench interpolate`"], ["bench interpolate"]),
]


@pytest.fixture(scope="module")
def documentation(repository: Path) -> dict[str, Page]:
    """Pages by their path in the repository."""
    return {page.path.relative_to(repository).as_posix(): page for page in pages(repository)}


def shown_objects(page: Page) -> set[str]:
    """Anchors of what a page shows the docstrings of: the objects and their public members."""
    names = set()
    for name in page.directives:
        home, _, last = name.rpartition(".")
        try:
            shown: object = importlib.import_module(name)
        except ImportError:
            shown = getattr(importlib.import_module(home), last)
        names |= {name, *(f"{name}.{member}" for member in dir(shown))}
    return names


def test_every_link_leads_somewhere(repository: Path, documentation: dict[str, Page]) -> None:
    dead = []
    for name, page in documentation.items():
        for link in page.links:
            if link.startswith(("https://", "http://")):
                continue
            target, _, anchor = link.partition("#")
            path = (page.path.parent / target).resolve() if target else page.path
            found = documentation.get(path.relative_to(repository).as_posix())
            missing = anchor and (found is None or anchor not in found.anchors | shown_objects(found))
            if not path.exists() or missing:
                dead.append(f"{name}: {link}")
    assert dead == []


def test_no_picture_lies_unused(repository: Path, documentation: dict[str, Page]) -> None:
    pictures = {path for path in (repository / "docs").iterdir() if path.suffix in (".jpg", ".png")}
    shown = {(page.path.parent / link).resolve() for page in documentation.values() for link in page.links}
    assert sorted(path.name for path in pictures - shown) == []


def test_every_page_is_in_the_sites_navigation(repository: Path, documentation: dict[str, Page]) -> None:
    configured = (repository / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    built = {"modules/index.md"}  # written by .ci/build_docs.py
    assert sorted(set(re.findall(r"[\w/.-]+\.md", configured)) - built) == sorted(documentation)


def test_paths_that_the_pages_name_exist(repository: Path, documentation: dict[str, Page]) -> None:
    lost = []
    for name, page in documentation.items():
        for code in re.findall(r"`([^`\n]+)`", page.prose):
            match = re.fullmatch(r"(?:\.ci|cli|codecs|docs|pretrained|restore|tests)/[\w./-]*", code)
            made_up = ".inpainted." in code or any(part.isupper() for part in code.split("/"))
            if match and not made_up and not (repository / code).exists():
                lost.append(f"{name}: {code}")
    assert lost == []


@pytest.mark.parametrize(("page", "sections", "commands"), OPTION_TABLES, ids="+".join)
def test_the_options_of_a_command_are_those_on_its_page(
    documentation: dict[str, Page], page: str, sections: list[str], commands: list[str]
) -> None:
    found = documentation[f"docs/{page}"]
    written = set().union(*(table_options(found.section(section)) for section in sections))
    assert sorted(written) == sorted(set().union(*(options_of(command) for command in commands)))


def test_every_command_has_a_table_of_its_options() -> None:
    documented = {command for _, _, commands in OPTION_TABLES for command in commands}
    offered = set()
    for name, command in program().commands.items():
        offered |= {f"{name} {one}" for one in command.commands} if hasattr(command, "commands") else {name}
    assert documented == offered


def test_every_option_that_the_text_names_exists(documentation: dict[str, Page]) -> None:
    known = {"--help", "--version", "--install-completion", "--show-completion"} | FOREIGN_OPTIONS
    for _, _, commands in OPTION_TABLES:
        known |= set().union(*(options_of(command, hidden=True) for command in commands))
    guides = {name: page for name, page in documentation.items() if name == "README.md" or name.startswith("docs/")}
    unknown = {
        f"{name}: {option}"
        for name, page in guides.items()
        for option in named_options(page.prose)
        if option.startswith("--") and option not in known
    }
    assert sorted(unknown) == []


def test_settings_that_the_training_guide_names_exist(documentation: dict[str, Page]) -> None:
    from restore.training.codec.config import CodecTraining
    from restore.training.inpaint.config import InpaintTraining
    from restore.training.interpolate.config import InterpolateTraining
    from restore.training.repair.config import RepairTraining

    recipes = {
        "inpaint": InpaintTraining,
        "repair": RepairTraining,
        "codec": CodecTraining,
        "interpolate": InterpolateTraining,
    }
    rows = [
        [re.findall(r"`(\w+)`", cell) for cell in line.split("|")[1:3]]
        for line in documentation["docs/training.md"].section("Settings").splitlines()
        if line.startswith("| `")
    ]
    assert len(rows) > 8
    wrong = [
        f"{setting} of {job}"
        for settings, jobs in rows
        for setting in settings
        for job in jobs or recipes
        if setting not in recipes[job].__dataclass_fields__
    ]
    assert wrong == []


def test_the_front_page_stays_short(documentation: dict[str, Page]) -> None:
    assert len(documentation["README.md"].text.encode()) <= README_BYTES


def test_methods_that_the_benchmarks_name_exist(documentation: dict[str, Page]) -> None:
    for job in ("inpaint", "repair", "codec", "interpolate"):
        command, _ = command_of(["bench", job])
        offered = next(param.help for param in command.params if "--methods" in param.opts)
        section = documentation["docs/benchmarks.md"].section(f"`restore bench {job}`")
        named = set(re.findall(r"`(restore-\w+)`", section.replace(f"`restore bench {job}`", "")))
        assert named == set(re.findall(r"restore-\w+", offered))


def test_docstrings_head_their_examples_as_the_reference_expects(sources: dict[str, Path]) -> None:
    lines = {name: path.read_text(encoding="utf-8").splitlines() for name, path in sources.items()}
    assert [name for name, text in lines.items() if any(line.strip() == "Example:" for line in text)] == []


def test_arguments_that_a_docstring_describes_exist(sources: dict[str, Path]) -> None:
    strangers = []
    for name, path in sources.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            section = re.search(r"^Args:\n((?: {4}.*\n?|\n)+)", ast.get_docstring(node) or "", re.MULTILINE)
            described = re.findall(r"^ {4}(\S[^:\n]*):", section[1], re.MULTILINE) if section else []
            given = node.args
            names = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
            for rest in filter(None, (given.vararg, given.kwarg)):
                names |= {rest.arg, f"*{rest.arg}", f"**{rest.arg}"}  # with its stars or without
            strangers += [f"{name}.{node.name}: {one}" for one in described if one not in names]
    assert strangers == [], "\n".join(strangers)
