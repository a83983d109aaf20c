"""The rooms of the codec: what opens a file and tells what it holds needs neither torch nor the range coder."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("bitstream.container", ["torch", "numpy", "constriction"]),
        ("bitstream.header", ["torch", "numpy", "constriction"]),
        ("bitstream.tables", ["torch", "constriction"]),
        ("bitstream.range_coder", ["torch"]),
        ("bitstream.file", ["torch", "numpy", "constriction"]),
        ("pillow", ["torch", "constriction"]),
    ],
)
def test_a_room_knows_no_more_than_it_needs(module: str, absent: list[str]) -> None:
    code = f"import sys, restore.codecs.{module}; print(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
