"""Every module can be imported by its name, and its examples are true.

`pytest --doctest-modules` would import codecs/ by path, as the standard library's `codecs`: the examples run from here.
"""

import doctest
import importlib
from pathlib import Path


def test_every_module_imports_and_its_examples_are_true(sources: dict[str, Path]) -> None:
    attempted = 0
    failed = []
    for name, path in sources.items():
        module = importlib.import_module(name)
        assert module.__file__ is not None
        assert Path(module.__file__).samefile(path), f"{name} comes from {module.__file__}"
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        attempted += result.attempted
        if result.failed:
            failed.append(name)
    assert failed == []
    written = sum(
        line.lstrip().startswith(">>>") for path in sources.values() for line in path.read_text("utf-8").splitlines()
    )
    assert attempted == written, "an example stands where doctest does not look"
