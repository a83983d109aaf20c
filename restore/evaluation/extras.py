"""The libraries of the `[bench]` and `[rivals]` extras, imported only when a bench asks for them.

Repairing a picture needs none of them, so an install without the extras works, and a bench names what is missing.
Rivals stand apart because they are not built for every system; a bench runs without them.
"""

from types import ModuleType

from restore.errors import UsageError

PLOT_FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
"""Endings of a plot's file to matplotlib's names of the formats."""


def opencv() -> ModuleType:
    """OpenCV, which draws the masks and is behind four baselines.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise UsageError("the bench needs OpenCV; run: pip install 'restore[bench]'") from error
    return cv2


def opencv_xphoto() -> ModuleType:
    """OpenCV's `xphoto`, which holds the FSR fill and comes with the contrib build only.

    Raises:
        UsageError: OpenCV is missing or is not the contrib build.
    """
    module = getattr(opencv(), "xphoto", None)
    if not isinstance(module, ModuleType):
        raise UsageError("the fsr method needs OpenCV's contrib build; run: pip install 'restore[bench]'")
    return module


def matplotlib_figure() -> ModuleType:
    """`matplotlib.figure`, enough to draw and save without a window or global state.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure
    except ImportError as error:
        raise UsageError("drawing curves needs matplotlib; run: pip install 'restore[bench]'") from error
    return matplotlib.figure


def gmic_library() -> ModuleType:
    """G'MIC's interpreter.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import gmic
    except ImportError as error:
        raise UsageError("the gmic method needs G'MIC; run: pip install 'restore[rivals]'") from error
    found: ModuleType = gmic
    return found


def patchmatch_library() -> ModuleType:
    """PyPatchMatch.

    Raises:
        UsageError: it is not installed, or its native part is missing.
    """
    try:
        import patchmatch
    except ImportError as error:
        raise UsageError("the patchmatch method needs PyPatchMatch; run: pip install 'restore[rivals]'") from error
    if not patchmatch.patchmatch_available:
        raise UsageError("the patchmatch method needs PyPatchMatch's native library, which this install lacks")
    found: ModuleType = patchmatch
    return found
