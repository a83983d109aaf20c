"""Repairs damaged photographs: fill what is scratched, torn, written over or unwanted. Compresses pictures. Makes
frames between frames.

    import restore
    repaired = restore.repair(image)                       # PIL, NumPy or a tensor: the same kind comes back
    damage = restore.find_damage(image)                    # how likely each pixel is scratch, dust or stain
    filled = restore.inpaint(image, mask)                  # what the mask marks
    larger = restore.extend(image, aspect="16:9")          # painted on beyond its edges
    inpainter = restore.load("inpaint", device="cuda")     # once, for many pictures

    data = restore.compress(image, quality=60)             # a .ric file's bytes
    image = restore.decompress(data)

    middle = restore.interpolate(frame0, frame1)           # the frame halfway between two
    for time, pixels in restore.interpolate_video("clip.mp4", fps=60): ...

Names are imported at their first use, because torch takes seconds to load and `restore --help` needs none of it.
"""

from importlib import import_module
from os.path import abspath, dirname
from typing import TYPE_CHECKING

from restore import _checkout

_checkout.install(dirname(abspath(__file__)))

if TYPE_CHECKING:
    from restore.errors import (
        InputError,
        OutputError,
        RestoreError,
        TrainingError,
        UsageError,
        WeightsError,
    )
    from restore.pipelines.codec.compress import compress, decompress
    from restore.pipelines.inpaint.extend import extend
    from restore.pipelines.inpaint.inpainter import inpaint
    from restore.pipelines.interpolate.interpolator import interpolate
    from restore.pipelines.interpolate.video.frames import interpolate_video
    from restore.pipelines.loading import load
    from restore.pipelines.repair.repairer import find_damage, repair

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "OutputError",
    "RestoreError",
    "TrainingError",
    "UsageError",
    "WeightsError",
    "__version__",
    "compress",
    "decompress",
    "extend",
    "find_damage",
    "inpaint",
    "interpolate",
    "interpolate_video",
    "load",
    "repair",
]

_HOMES = {
    "InputError": "restore.errors",
    "OutputError": "restore.errors",
    "RestoreError": "restore.errors",
    "TrainingError": "restore.errors",
    "UsageError": "restore.errors",
    "WeightsError": "restore.errors",
    "compress": "restore.pipelines.codec.compress",
    "decompress": "restore.pipelines.codec.compress",
    "extend": "restore.pipelines.inpaint.extend",
    "find_damage": "restore.pipelines.repair.repairer",
    "inpaint": "restore.pipelines.inpaint.inpainter",
    "interpolate": "restore.pipelines.interpolate.interpolator",
    "interpolate_video": "restore.pipelines.interpolate.video.frames",
    "load": "restore.pipelines.loading",
    "repair": "restore.pipelines.repair.repairer",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'restore' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
