"""Which weights a file needs, and loading them. No torch until weights are loaded.

The newest released model is `codec`, and it writes. Older ones are in the manifest too, under names of their own like
`codec-1`, without their encoder: models with a number below 32768 ship for ever, so that files open for ever.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from restore.codecs.bitstream.header import Header
from restore.pretrained import load_kind, manifest

if TYPE_CHECKING:
    from restore.codecs.model import Part
    from restore.codecs.tiles import TileCodec

NEWEST = "codec"
"""Name of the newest released model."""


def weights_for(header: Header, weights: str | Path = NEWEST) -> str | Path:
    """Name of the released model that wrote a file.

    Args:
        header: the file's.
        weights: what the caller asked for; anything but `NEWEST` is returned as it is.

    Returns:
        The model's name; `weights` where no released model has the file's number. Decoding then refuses the file with
        the name of the model it needs.
    """
    if str(weights) != NEWEST:
        return weights
    models = manifest()["models"]
    return next((name for name, entry in models.items() if entry.get("model") == header.model), weights)


def load_codec(weights: str | Path = NEWEST, device: str = "auto", part: "Part" = "all") -> "TileCodec":
    """Load a codec.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: `all`; or, to measure what a part of the network contributes, one of `restore.codecs.model.Part`.

    Raises:
        UsageError: the device is not available, or the part unknown.
        WeightsError: no such weights, damaged ones, or those of another network.
    """
    from restore.codecs.model import KIND, ablate, load_model
    from restore.codecs.tiles import TileCodec
    from restore.devices import pick_device

    chosen = pick_device(device)
    model = load_model(load_kind(weights, KIND, "codec"))
    return TileCodec(ablate(model, part), chosen)


cached_codec = lru_cache(maxsize=2)(load_codec)
"""`load_codec` that keeps the last two codecs."""
