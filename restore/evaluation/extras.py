"""The libraries of the `[bench]` extra, imported only when a bench asks for them.

Repairing a picture needs none of them, so an install without the extra works, and a bench names what is missing.
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
