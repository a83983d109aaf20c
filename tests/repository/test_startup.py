"""What a command or an import loads, seen from a fresh interpreter: torch takes seconds, so it waits until needed."""

import sys
from pathlib import Path

import pytest

from tests.support.processes import run

HEAVY = {
    "PIL",
    "av",
    "cv2",
    "imagecodecs",
    "kornia",
    "matplotlib",
    "numpy",
    "rich",
    "safetensors",
    "scipy",
    "skimage",
    "torch",
    "torchvision",
}

RUN_COMMAND = """
import runpy, sys
try:
    runpy.run_module("restore", run_name="__main__", alter_sys=True)
except SystemExit as exit:
    code = exit.code
else:
    code = 0
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
sys.exit(code)
"""

IMPORT_MODULES = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(program: str, arguments: list[str], folder: Path) -> set[str]:
    done = run([sys.executable, "-c", program, *arguments], folder)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("loaded: ")
    return set(last.split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["repair", "--help"],
        ["inpaint", "--help"],
        ["extend", "--help"],
        ["compress", "--help"],
        ["decompress", "--help"],
        ["info", "--help"],
        ["interpolate", "--help"],
        ["train", "--help"],
        ["bench", "--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str], repository: Path) -> None:
    assert loaded_by(RUN_COMMAND, arguments, repository) & HEAVY == set()


def test_import_restore_loads_nothing_heavy(repository: Path) -> None:
    assert loaded_by(IMPORT_MODULES, ["restore"], repository) & HEAVY == set()


def test_pictures_and_the_list_of_weights_need_no_torch(repository: Path) -> None:
    """Outputs are planned, and damaged files refused, before anybody waits for torch."""
    modules = ["restore.errors", "restore.files", "restore.images.reading", "restore.pretrained", "restore.cli.app"]
    assert "torch" not in loaded_by(IMPORT_MODULES, modules, repository)


@pytest.mark.parametrize(
    "module",
    [
        "restore.pipelines.inpaint.inpainter",
        "restore.pipelines.repair.repairer",
        "restore.pipelines.codec.compress",
        "restore.pipelines.interpolate.interpolator",
        "restore.models.perceptual",
    ],
)
def test_inference_imports_no_library_of_training_or_benches(module: str, repository: Path) -> None:
    loaded = loaded_by(IMPORT_MODULES, [module], repository)
    assert loaded & {"cv2", "kornia", "matplotlib", "scipy", "skimage", "torchvision"} == set()


def test_info_loads_none_of_them_and_no_torch(repository: Path) -> None:
    arguments = ["info", "tests/golden/released/codec-1.ric"]
    heavy = {"cv2", "kornia", "matplotlib", "scipy", "skimage", "torch", "torchvision"}
    assert loaded_by(RUN_COMMAND, arguments, repository) & heavy == set()
