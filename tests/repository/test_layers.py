"""The shape of the library, read from its syntax trees: imports go downward, and library code only raises."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# A room imports its own level and the levels below. A module directly in restore/ is on the ground.
LEVELS = {
    "cli": 3,
    "pipelines": 2,
    "training": 2,
    "evaluation": 2,
    "codecs": 1,
    "models": 1,
    "pretrained": 1,
    "video": 1,
    "ground": 0,
}
DOORS = {"restore", "restore.__main__"}  # they lead to every room


def room(module: str, sources: dict[str, Path]) -> str:
    parts = module.split(".")
    if len(parts) == 2 and sources[module].stem != "__init__":
        return "ground"
    return parts[1]


def our_imports(module: str, sources: dict[str, Path]) -> Iterator[str]:
    """Our modules that `module` imports anywhere in its text, late imports and those for the type checker included."""
    for node in ast.walk(ast.parse(sources[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "restore")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "restore":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in sources else str(node.module)


def test_every_room_has_a_level(sources: dict[str, Path]) -> None:
    assert {room(module, sources) for module in sources if module not in DOORS} <= set(LEVELS)


def test_imports_go_downward(sources: dict[str, Path]) -> None:
    upward = []
    for module in sorted(set(sources) - DOORS):
        here = room(module, sources)
        for target in our_imports(module, sources):
            if target in DOORS:
                allowed = here == "cli"
            else:
                allowed = target in sources and LEVELS[room(target, sources)] <= LEVELS[here]
            if not allowed:
                upward.append(f"{module} -> {target}")
    assert upward == []


def test_every_import_of_ours_names_a_module_that_exists(sources: dict[str, Path]) -> None:
    lost = [f"{module} -> {name}" for module in sources for name in our_imports(module, sources) if name not in sources]
    assert lost == []


def test_no_modules_import_each_other_in_a_circle(sources: dict[str, Path]) -> None:
    graph = {module: set(our_imports(module, sources)) - DOORS - {module} for module in set(sources) - DOORS}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_rooms_import_each_other_in_a_circle(sources: dict[str, Path]) -> None:
    graph: dict[str, set[str]] = {name: set() for name in LEVELS}
    for module in set(sources) - DOORS:
        here = room(module, sources)
        graph[here] |= {
            room(target, sources) for target in set(our_imports(module, sources)) - DOORS if target in sources
        }
        graph[here].discard(here)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_is_checked_with_assert(sources: dict[str, Path]) -> None:
    """`python -O` removes every assert, so none may guard anything."""
    asserts = [
        f"{module}:{node.lineno}"
        for module, path in sources.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert asserts == []


def test_library_code_never_prints_prompts_or_exits(sources: dict[str, Path]) -> None:
    offenders = []
    for module, path in sources.items():
        if module in DOORS or room(module, sources) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Name) and node.id in {"SystemExit", "exit", "input", "print", "quit"}
            reached = (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and (node.value.id, node.attr)
                in {("os", "_exit"), ("sys", "exit"), ("sys", "stderr"), ("sys", "stdin"), ("sys", "stdout")}
            )
            if named or reached:
                offenders.append(f"{module}:{node.lineno}")
    assert offenders == []
