"""The layers of the codec: what opens a file and shows what it holds needs neither torch nor the range coder."""

import pytest

from tests.support.processes import run_fresh


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("bitstream.boxes", ["torch", "numpy", "constriction"]),
        ("bitstream.container", ["torch", "numpy", "constriction"]),
        ("bitstream.header", ["torch", "numpy", "constriction"]),
        ("bitstream.metadata", ["torch", "numpy", "constriction"]),
        ("bitstream.file", ["torch", "numpy", "constriction"]),
        ("bitstream.tables", ["torch", "constriction"]),
        ("bitstream.alpha", ["torch", "constriction"]),
        ("bitstream.range_coder", ["torch"]),
        ("loading", ["torch", "numpy", "constriction"]),
        ("pillow", ["torch", "constriction"]),
    ],
)
def test_a_module_imports_no_more_than_it_needs(module: str, absent: list[str]) -> None:
    code = f"import sys, restore.codecs.{module}; print(*[name for name in {absent!r} if name in sys.modules])"
    assert run_fresh(code).stdout.split() == []
