"""The repository's Markdown pages as a reader meets them: headings, links, tables and examples, by page."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

PATTERNS = ("*.md", "docs/**/*.md", "pretrained/*.md", "codecs/*.md")
NOT_RUN = re.compile(r"<!-- not run: (?P<why>.+) -->")
"""Stands above an example that cannot run here, with the reason."""
_FENCE = re.compile(r"^\s*(```+)\s*(?P<language>\w*)")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_DIRECTIVE = re.compile(r"^::: (?P<name>[\w.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A fenced block."""

    line: int
    """Number of its first line in the page, from 1."""
    language: str
    text: str
    not_run: str | None
    """Why it cannot run here, where the page says so."""


@dataclass(frozen=True)
class Page:
    """A Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def examples(self) -> list[Example]:
        """All fenced blocks, in order."""
        return [part for part in self._parts if isinstance(part, Example)]

    @cached_property
    def prose(self) -> str:
        """Everything outside the fenced blocks."""
        return "\n".join(part for part in self._parts if isinstance(part, str))

    @property
    def links(self) -> list[str]:
        """Targets of links and pictures."""
        return [match["target"] for match in _LINK.finditer(re.sub(r"`[^`]*`", "", self.prose))]

    @property
    def directives(self) -> list[str]:
        """What of the code the page shows the docstrings of."""
        return [match["name"] for match in _DIRECTIVE.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What `#…` in a link to the page can name, made from the headings as MkDocs and Git hosts do."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        seen: Counter[str] = Counter()
        anchors = set()
        for title in titles:
            slug = re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())
            anchors.add(slug if not seen[slug] else f"{slug}_{seen[slug]}")
            seen[slug] += 1
        return anchors

    def section(self, title: str) -> str:
        """The prose below a heading of the second level, up to the next."""
        match = re.search(rf"^## {re.escape(title)}$\n(.*?)(?=^## |\Z)", self.prose, re.MULTILINE | re.DOTALL)
        assert match is not None, f"{self.path.name} has no section '{title}'"
        return match[1]

    @cached_property
    def _parts(self) -> list["str | Example"]:
        parts: list[str | Example] = []
        fence, language, began, block = "", "", 0, list[str]()
        for number, line in enumerate(self.text.splitlines(), 1):
            match = _FENCE.match(line)
            if fence:
                if line.strip() == fence:
                    why = NOT_RUN.fullmatch(self.text.splitlines()[began - 2].strip())
                    parts.append(Example(began + 1, language, "\n".join(block), why and why["why"]))
                    fence = ""
                else:
                    block.append(line)
            elif match:
                fence, language, began, block = match[1], match["language"], number, []
            else:
                parts.append(line)
        assert not fence, f"{self.path.name}: the block at line {began} is never closed"
        return parts


def pages(repository: Path) -> list[Page]:
    """All pages of the documentation."""
    return [Page(path) for pattern in PATTERNS for path in sorted(repository.glob(pattern))]


def program() -> TyperGroup:
    """The command line, as its parser."""
    from restore.cli.app import app

    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    return command


def command_of(words: list[str]) -> tuple[TyperCommand, list[str]]:
    """The command that words after `restore` name, and the words that are left for it."""
    command: object = program()
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command, rest  # type: ignore[return-value]


def options_of(name: str, *, hidden: bool = False) -> set[str]:
    """All options of a command such as `train codec`, short and long; with `hidden` those that help leaves out too."""
    command, rest = command_of(name.split())
    assert not rest, f"there is no command {name}"
    params = [param for param in command.params if hidden or not getattr(param, "hidden", False)]
    declared = {word for param in params for word in (*param.opts, *param.secondary_opts) if word[0] == "-"}
    return declared | {"-h", "--help"}


def named_options(text: str) -> set[str]:
    """The options that a text names in code, such as `-o` and `--output` of `` `-o`, `--output PATH` ``."""
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", code)}


def table_options(section: str) -> set[str]:
    """The options in the first column of a section's tables."""
    cells: Iterator[str] = (line.split("|")[1] for line in section.splitlines() if line.startswith("|"))
    return {option for cell in cells for option in named_options(cell)}
