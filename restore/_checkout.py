"""Lets a plain checkout import what the wheel holds inside `restore`.

The folders codecs/, cli/ and pretrained/ stand beside restore/ in the repository and inside it once installed. Run from
the repository root, the checkout's own restore/ wins over site-packages and holds none of the three, so this finder
answers for them. It goes first on `sys.meta_path`: with an editable install of another checkout, that one's finder
would otherwise answer for this one's neighbours, and two versions would mix. An installed wheel registers nothing.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

NEIGHBOURS = frozenset({"restore.cli", "restore.codecs", "restore.pretrained"})


class NeighbourFinder:
    """Finds the three neighbour packages under the repository root, and nothing else."""

    def __init__(self, root: str) -> None:
        self.root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Answer the import system: the spec of a neighbour, None for every other name."""
        if fullname not in NEIGHBOURS:
            return None
        return PathFinder.find_spec(fullname, [self.root], target)


def install(package_folder: str) -> None:
    """Register the finder if `package_folder`, the folder of the package `restore`, lies in a checkout."""
    root = os.path.dirname(package_folder)
    if not os.path.isfile(os.path.join(root, "pyproject.toml")):
        return
    if os.path.isdir(os.path.join(package_folder, "codecs")):
        return
    if any(isinstance(finder, NeighbourFinder) and finder.root == root for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, NeighbourFinder(root))
