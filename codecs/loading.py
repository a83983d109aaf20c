"""Weights by name or path to a `Codec` that is ready to work."""

from functools import lru_cache
from pathlib import Path

from restore.codecs.ablation import Part, ablate
from restore.codecs.codec import Codec
from restore.codecs.released import NAME
from restore.codecs.weights import KIND, load_model
from restore.devices import pick_device
from restore.errors import WeightsError
from restore.pretrained import Weights, load_weights


def open_codec(weights: str | Path = NAME, device: str = "auto", part: Part = "all") -> Codec:
    """Load a codec.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: what of the network works; see `restore.codecs.ablation`.

    Raises:
        UsageError: the device is not available, or the part unknown.
        WeightsError: no such weights, damaged ones, or those of another model.
    """
    chosen = pick_device(device)
    return Codec(ablate(load_model(_codec_of(load_weights(weights), weights)), part), chosen)


open_codec_once = lru_cache(maxsize=2)(open_codec)


def _codec_of(found: dict[str, Weights], name: str | Path) -> Weights:
    fitting = [weights for weights in found.values() if weights.kind == KIND]
    if len(fitting) != 1:
        kinds = ", ".join(sorted({weights.kind for weights in found.values()}))
        raise WeightsError(f"{name}: {len(fitting)} sets of weights of the codec there (found: {kinds}); name one file")
    return fitting[0]
