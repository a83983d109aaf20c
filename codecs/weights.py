"""A codec's weight file: the network's float16 tensors, its tables as integers, and the hash that files name it by."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from restore.codecs.bitstream.tables import Tables, gaussian_tables
from restore.codecs.codec import Model
from restore.codecs.network.vae import VAE, VAEConfig
from restore.errors import WeightsError
from restore.pretrained import Weights, save_weights

KIND = "codec.vae"
COUNTS, SIZES = "tables.counts", "tables.sizes"
"""Names of the integer tensors: all tables one after another, and how long each is."""
ENCODER = ("components", "g_a.", "h_a.")
"""Beginnings of the names of what only the encoder needs."""


def load_model(weights: Weights) -> Model:
    """The codec of a weight file; without its encoder, as older models are kept, it only reads.

    Raises:
        WeightsError: it is another model's, or its tensors or tables do not fit.
    """
    if weights.kind != KIND:
        raise WeightsError(f"these weights are of {weights.kind}, not of the codec; give a codec's")
    tensors = dict(weights.tensors)
    try:
        counts, sizes = tensors.pop(COUNTS), tensors.pop(SIZES)
        config = VAEConfig(**weights.config)
        vae = VAE(config)
        newborn = vae.state_dict()
        writes = any(name.startswith(ENCODER) for name in tensors)
        unused = {} if writes else {name: value for name, value in newborn.items() if name.startswith(ENCODER)}
        vae.load_state_dict(unused | tensors, strict=True)
    except (KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"the codec's weights do not fit its configuration ({error}): install restore anew"
        ) from error
    return Model(vae, _tables(counts, sizes), config.model, model_hash(tensors, counts, sizes), writes)


def save_model(
    path: Path,
    vae_tensors: Mapping[str, Tensor],
    config: VAEConfig,
    training: dict[str, Any],
    tables: Tables | None = None,
) -> None:
    """Write a codec's weight file; without `tables` with those of Gaussians.

    Raises:
        WeightsError: a value is not finite or does not fit float16.
        OutputError: the file cannot be written.
    """
    counts = [torch.from_numpy(table) for table in (tables or gaussian_tables()).counts]
    whole = {COUNTS: torch.cat(counts).int(), SIZES: torch.tensor([len(table) for table in counts]).int()}
    save_weights(path, {**vae_tensors, **whole}, kind=KIND, role="codec", config=config.as_dict(), training=training)


def reading_part(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What of a codec's weight file is needed to read files."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(ENCODER)}


def model_hash(tensors: Mapping[str, Tensor], counts: Tensor, sizes: Tensor) -> int:
    """First four bytes, little endian, of the SHA-256 of what decoding depends on.

    Each tensor, by name in ascending order: the name, a zero byte, its shape as little-endian u32, its values as
    little-endian float16; then counts and sizes of the tables as little-endian i32.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        if name.startswith(ENCODER):
            continue
        digest.update(name.encode() + b"\0" + np.array(tensors[name].shape, "<u4").tobytes())
        digest.update(tensors[name].detach().cpu().half().numpy().astype("<f2").tobytes())
    for whole in (counts, sizes):
        digest.update(whole.cpu().numpy().astype("<i4").tobytes())
    return int.from_bytes(digest.digest()[:4], "little")


def _tables(counts: Tensor, sizes: Tensor) -> Tables:
    if counts.is_floating_point() or sizes.is_floating_point() or counts.ndim != 1 or sizes.ndim != 1:
        raise WeightsError("the codec's probability tables are damaged: install restore anew")
    lengths = sizes.tolist()
    if min(lengths, default=0) < 1 or sum(lengths) != len(counts):
        raise WeightsError("the codec's probability tables are damaged: install restore anew")
    return Tables(tuple(part.numpy().astype(np.int64) for part in torch.split(counts, lengths)))
