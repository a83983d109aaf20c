"""`restore.load`: one way to load any of the models."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from restore.pretrained import kind_of

if TYPE_CHECKING:
    from restore.pipelines.codec.image_codec import ImageCodec
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.interpolate.interpolator import FrameInterpolator

CODEC = "codec."
"""How the kinds of the codec's weights begin."""
INTERPOLATE = "interpolate."
"""How the kinds of the interpolator's weights begin."""


@overload
def load(name_or_path: Literal["inpaint"] = "inpaint", *, device: str = "auto") -> "Inpainter": ...


@overload
def load(name_or_path: Literal["codec"], *, device: str = "auto") -> "ImageCodec": ...


@overload
def load(name_or_path: Literal["interpolate"], *, device: str = "auto") -> "FrameInterpolator": ...


@overload
def load(name_or_path: str | Path, *, device: str = "auto") -> Any: ...


def load(name_or_path: str | Path = "inpaint", *, device: str = "auto") -> Any:
    """Load weights, once for many pictures.

    Args:
        name_or_path: a released model's name (`inpaint`, `codec`, `interpolate`), a `.safetensors` file, or a folder
            that holds such files, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Returns:
        An `Inpainter`, an `ImageCodec` or a `FrameInterpolator`, as the weights say.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones.
    """
    kind = kind_of(name_or_path)
    if str(name_or_path) == "interpolate" or kind.startswith(INTERPOLATE):
        from restore.pipelines.interpolate.interpolator import load_interpolator

        return load_interpolator(name_or_path, device)
    if str(name_or_path) == "codec" or kind.startswith(CODEC):
        from restore.codecs.loading import load_codec
        from restore.pipelines.codec.image_codec import ImageCodec

        return ImageCodec(load_codec(name_or_path, device))
    from restore.pipelines.inpaint.inpainter import load as load_inpainter

    return load_inpainter(name_or_path, device=device)
