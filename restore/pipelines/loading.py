"""`restore.load`: one way to load any of the models."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from restore.pretrained import kind_of

if TYPE_CHECKING:
    from restore.pipelines.codec.image_codec import ImageCodec
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.interpolate.interpolator import FrameInterpolator
    from restore.pipelines.repair.repairer import Repairer


@overload
def load(name_or_path: Literal["inpaint"] = "inpaint", *, device: str = "auto") -> "Inpainter": ...


@overload
def load(name_or_path: Literal["codec"], *, device: str = "auto") -> "ImageCodec": ...


@overload
def load(name_or_path: Literal["interpolate"], *, device: str = "auto") -> "FrameInterpolator": ...


@overload
def load(name_or_path: Literal["repair"], *, device: str = "auto") -> "Repairer": ...


@overload
def load(name_or_path: str | Path, *, device: str = "auto") -> Any: ...


def load(name_or_path: str | Path = "inpaint", *, device: str = "auto") -> Any:
    """Load weights, once for many pictures.

    Args:
        name_or_path: a released model's name (`inpaint`, `repair`, `codec`, `interpolate`), a `.safetensors` file, or a
            folder that holds such files, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Returns:
        An `Inpainter`, a `Repairer`, an `ImageCodec` or a `FrameInterpolator`, as the weights say.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones.
    """
    name, job = str(name_or_path), kind_of(name_or_path).partition(".")[0]
    if "interpolate" in (name, job):
        from restore.pipelines.interpolate.interpolator import load_interpolator

        return load_interpolator(name_or_path, device)
    if "codec" in (name, job):
        from restore.codecs.loading import load_codec
        from restore.pipelines.codec.image_codec import ImageCodec

        return ImageCodec(load_codec(name_or_path, device))
    if "repair" in (name, job):
        from restore.pipelines.repair.repairer import load_repairer

        return load_repairer(name_or_path, device=device)
    from restore.pipelines.inpaint.inpainter import load_inpainter

    return load_inpainter(name_or_path, device=device)
