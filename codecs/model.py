"""A codec's model: what its weight file holds, the hash by which files name it, and copies with a part switched off.

The weight file holds the network's float16 tensors and its probability tables as integers. Older released models are
kept without their encoder.
"""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from restore.codecs.bitstream.header import EXPERIMENTAL
from restore.codecs.bitstream.tables import Tables, gaussian_tables
from restore.codecs.network.vae import VAE, VAEConfig
from restore.errors import UsageError, WeightsError
from restore.pretrained import Weights, save_weights

KIND = "codec.vae"
"""Kind of a codec's weights."""
COUNTS, SIZES = "tables.counts", "tables.sizes"
"""Names of the integer tensors: all tables one after another, and the length of each."""
ENCODER_PREFIXES = ("components", "g_a.", "h_a.")
"""Beginnings of the names of tensors that only the encoder needs."""

Part = Literal["all", "linear", "nocontext", "fixed"]
"""What of the network works: `all` of it; `linear`, without the learned branches of analysis and synthesis;
`nocontext`, all latents predicted from the hyper-latents alone; `fixed`, one scale per channel and quality in place of
predictions."""


@dataclass(frozen=True)
class CodecModel:
    """A network, and what a file names it by."""

    vae: VAE
    tables: Tables
    """The probability tables of its symbols."""
    number: int
    """What files call it, for ever; from 0x8000 on experimental."""
    hash: int
    """First four bytes of the SHA-256 of its decoder."""
    has_encoder: bool = True
    """False for an older model that is kept for reading its files."""


def load_model(weights: Weights) -> CodecModel:
    """The model of a weight file.

    Raises:
        WeightsError: the weights are not a codec's, or their tensors or tables do not fit.
    """
    if weights.kind != KIND:
        raise WeightsError(f"these weights are of {weights.kind}, not of the codec; give a codec's")
    tensors = dict(weights.tensors)
    try:
        counts, sizes = tensors.pop(COUNTS), tensors.pop(SIZES)
        config = VAEConfig(**weights.config)
        vae = VAE(config)
        has_encoder = any(name.startswith(ENCODER_PREFIXES) for name in tensors)
        untrained = {name: value for name, value in vae.state_dict().items() if name.startswith(ENCODER_PREFIXES)}
        vae.load_state_dict(tensors if has_encoder else untrained | tensors, strict=True)
    except (KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"the codec's weights do not fit its configuration ({error}): install restore anew"
        ) from error
    return CodecModel(vae, _tables(counts, sizes), config.model, model_hash(tensors, counts, sizes), has_encoder)


def save_model(
    path: Path,
    vae_tensors: Mapping[str, Tensor],
    config: VAEConfig,
    training: dict[str, Any],
    tables: Tables | None = None,
) -> None:
    """Write a codec's weight file.

    Args:
        path: where to.
        vae_tensors: the network's tensors by name.
        config: its shape.
        training: what made it, plain JSON values.
        tables: its probability tables; None for those of Gaussians.

    Raises:
        WeightsError: a value is not finite or does not fit float16.
        OutputError: the file cannot be written.
    """
    counts, sizes = _tensors_of(tables or gaussian_tables())
    tensors = {**vae_tensors, COUNTS: counts.int(), SIZES: sizes.int()}
    save_weights(path, tensors, kind=KIND, role="codec", config=config.as_dict(), training=training)


def decoder_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a codec's weight file that reading files needs."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(ENCODER_PREFIXES)}


def model_hash(tensors: Mapping[str, Tensor], counts: Tensor, sizes: Tensor) -> int:
    """First four bytes, little endian, of the SHA-256 of what decoding depends on.

    Each tensor, by name in ascending order: the name, a zero byte, its shape as little-endian u32, its values as
    little-endian float16; then counts and sizes of the tables as little-endian i32.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(decoder_tensors(tensors).items()):
        digest.update(name.encode() + b"\0" + np.array(tensor.shape, "<u4").tobytes())
        digest.update(tensor.detach().cpu().half().numpy().astype("<f2").tobytes())
    for integers in (counts, sizes):
        digest.update(integers.cpu().numpy().astype("<i4").tobytes())
    return int.from_bytes(digest.digest()[:4], "little")


def ablate(model: CodecModel, part: Part) -> CodecModel:
    """A copy of a model of which only a part works; for `all` the model itself.

    The learned layers add to something simpler, so switching them off means setting the last one to zero. Such a copy
    has another hash and an experimental number: only it reads its files.

    Raises:
        UsageError: the part is unknown.
    """
    if part not in get_args(Part):
        raise UsageError(f"part {part!r} is unknown; use one of {', '.join(get_args(Part))}")
    if part == "all":
        return model
    vae = copy.deepcopy(model.vae)
    with torch.no_grad():
        for layer in _last_layers(vae, part):
            for parameter in layer.parameters():
                parameter.zero_()
        if part == "fixed":
            vae.entropy.z_tables.values.zero_()  # the smallest scale: zeros cost next to nothing
    changed = model_hash(vae.state_dict(), *_tensors_of(model.tables))
    return CodecModel(vae, model.tables, model.number | EXPERIMENTAL, changed)


def _last_layers(vae: VAE, part: Part) -> list[nn.Module]:
    entropy = vae.entropy
    if part == "linear":
        return [vae.g_a[-1], vae.g_s_pixels[0]]
    refined = [layer for _, network in entropy.passes for layer in (network.second[-1], network.beside)]
    context: list[nn.Module] = [entropy.second[-1], entropy.beside, *refined]
    return context if part == "nocontext" else [*context, entropy.first[-1], vae.h_a[-1]]


def _tensors_of(tables: Tables) -> tuple[Tensor, Tensor]:
    """Counts of all tables one after another, and the length of each."""
    counts = [torch.from_numpy(table) for table in tables.counts]
    return torch.cat(counts), torch.tensor([len(table) for table in counts])


def _tables(counts: Tensor, sizes: Tensor) -> Tables:
    flat = all(not one.is_floating_point() and one.ndim == 1 for one in (counts, sizes))
    lengths = sizes.tolist() if flat else []
    if min(lengths, default=0) < 1 or sum(lengths) != len(counts):
        raise WeightsError("the codec's probability tables are damaged: install restore anew")
    return Tables(tuple(part.numpy().astype(np.int64) for part in torch.split(counts, lengths)))
