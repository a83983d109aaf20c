"""The shape of the library, read from its syntax trees: layers, jobs inside them, and that library code only raises.

A layer imports the layers below it. Inside every layer stand the same jobs, `inpaint`, `repair`, `codec` and
`interpolate`, beside what they share: a job imports its own job, one that it is built on, and what is shared; what is
shared imports no job.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

LEVELS = {
    "core": 0,  # the modules that stand directly in restore/
    "images": 1,
    "pretrained": 2,
    "models": 2,
    "video": 2,
    "codecs": 3,
    "pipelines": 4,
    "synthetic": 5,
    "training": 6,
    "evaluation": 6,
    "cli": 7,
}
JOBS = {"inpaint", "repair", "codec", "interpolate"}
BUILT_ON = {"repair": {"inpaint"}}
"""Jobs that use another one: what repair finds, inpaint fills."""
DOORS = {"restore", "restore.__main__"}
"""They lead to every layer."""
DISPATCHERS = {"restore.pipelines.loading", "restore.cli.app"}
"""Shared modules whose work it is to choose between jobs: `restore.load`, and the list of commands."""
MOST_MODULES = 15
"""In one folder; a dozen is better."""


def layer(module: str, sources: dict[str, Path]) -> str:
    parts = module.split(".")
    if len(parts) == 2 and sources[module].stem != "__init__":
        return "core"
    return parts[1]


def job(module: str) -> str | None:
    """The job a module belongs to, or None if it is shared; the codec's own folder `codecs/` is the codec's."""
    parts = module.split(".")
    if parts[1:2] == ["codecs"]:
        return "codec"
    return parts[2] if parts[2:] and parts[2] in JOBS else None


def our_imports(module: str, sources: dict[str, Path]) -> Iterator[str]:
    """Our modules that `module` imports anywhere in its text, late imports and those for the type checker included."""
    for node in ast.walk(ast.parse(sources[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "restore")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "restore":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in sources else str(node.module)


def folders(sources: dict[str, Path]) -> dict[str, list[str]]:
    """Import name of each package to the names of the modules that stand in its folder."""
    found: dict[str, list[str]] = {}
    for module, path in sources.items():
        if path.stem == "__init__":
            found.setdefault(module, [])
        else:
            package, _, name = module.rpartition(".")
            found.setdefault(package, []).append(name)
    return found


def test_every_layer_has_a_level(sources: dict[str, Path]) -> None:
    assert {layer(module, sources) for module in sources if module not in DOORS} == set(LEVELS)


def test_imports_go_strictly_downward(sources: dict[str, Path]) -> None:
    upward = []
    for module in sorted(set(sources) - DOORS):
        here = layer(module, sources)
        for target in our_imports(module, sources):
            if target in DOORS:
                allowed = here == "cli"
            else:
                there = layer(target, sources) if target in sources else here
                allowed = target in sources and (there == here or LEVELS[there] < LEVELS[here])
            if not allowed:
                upward.append(f"{module} -> {target}")
    assert upward == []


def test_a_job_imports_itself_and_what_is_shared_and_what_is_shared_imports_no_job(sources: dict[str, Path]) -> None:
    crossed = []
    for module in sorted(set(sources) - DOORS - DISPATCHERS):
        targets = set(our_imports(module, sources)) - DOORS
        here = job(module)
        allowed = {None, here, *BUILT_ON.get(here or "", ())}
        crossed += [f"{module} -> {target}" for target in targets if job(target) not in allowed]
    assert crossed == []


def test_every_layer_but_the_lowest_has_the_same_jobs(sources: dict[str, Path]) -> None:
    held: dict[str, set[str]] = {}
    for module in sources:
        here = job(module)
        if here is not None:
            held.setdefault(layer(module, sources) if module not in DOORS else "core", set()).add(here)
    assert {name: jobs for name, jobs in held.items() if name != "codecs"} == {
        "models": {
            "inpaint",
            "interpolate",
            "repair",
        },  # the codec's networks are in codecs/, beside the bits they must match
        "pipelines": JOBS,
        "training": JOBS,
        "evaluation": JOBS,
        "cli": JOBS,
    }


def test_no_folder_holds_more_modules_than_one_overlooks(sources: dict[str, Path], repository: Path) -> None:
    full = {name: len(modules) for name, modules in folders(sources).items() if len(modules) > MOST_MODULES}
    tests = Counter(path.parent for path in (repository / "tests").rglob("*.py"))
    full |= {str(folder): count for folder, count in tests.items() if count > MOST_MODULES}
    assert full == {}


def test_each_package_names_its_modules(sources: dict[str, Path]) -> None:
    silent = []
    for package, modules in folders(sources).items():
        if package in DOORS:
            continue  # its docstring is for those who import it; ARCHITECTURE.md names its modules
        text = ast.get_docstring(ast.parse(sources[package].read_text(encoding="utf-8"))) or ""
        inner = {name.rpartition(".")[2] for name in folders(sources) if name.rpartition(".")[0] == package}
        words = set(re.findall(r"\w+", text))
        silent += [f"{package} does not name {name}" for name in sorted({*modules, *inner} - words)]
    assert silent == []


def test_every_import_of_ours_names_a_module_that_exists(sources: dict[str, Path]) -> None:
    lost = [f"{module} -> {name}" for module in sources for name in our_imports(module, sources) if name not in sources]
    assert lost == []


def test_no_modules_import_each_other_in_a_circle(sources: dict[str, Path]) -> None:
    graph = {module: set(our_imports(module, sources)) - DOORS - {module} for module in set(sources) - DOORS}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_folders_import_each_other_in_a_circle(sources: dict[str, Path]) -> None:
    def home(module: str) -> str:
        return module if sources[module].stem == "__init__" else module.rpartition(".")[0]

    graph: dict[str, set[str]] = {}
    for module in set(sources) - DOORS - DISPATCHERS:
        here = home(module)
        targets = {home(target) for target in set(our_imports(module, sources)) - DOORS if target in sources}
        graph.setdefault(here, set()).update(targets - {here, "restore"})
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
        if module in DOORS or layer(module, sources) == "cli":
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
