"""Weight files of the codec: the hash that files name them by, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from restore.codecs.model import load_model, save_model
from restore.codecs.network.vae import VAE
from restore.errors import WeightsError
from restore.pretrained import Weights, read_weights
from tests.support.models.codec import TINY, short_tables, tiny_vae


def saved(tmp_path: Path, vae: VAE) -> Weights:
    save_model(tmp_path / "codec.safetensors", vae.state_dict(), TINY, {}, short_tables())
    return read_weights(tmp_path / "codec.safetensors")


def test_the_hash_names_what_decoding_depends_on_and_nothing_else(tmp_path: Path) -> None:
    before = load_model(saved(tmp_path, tiny_vae()))
    encoder, decoder = tiny_vae(), tiny_vae()
    with torch.no_grad():
        encoder.h_a[0].weight.add_(0.5)
        decoder.entropy.beside.weight[0, 0, 0, 0] += 0.5
    assert load_model(saved(tmp_path, encoder)).hash == before.hash
    assert load_model(saved(tmp_path, decoder)).hash != before.hash
    assert before.number == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "inpaint.generator"}, "not of the codec"),
        ({"config": {"width": 9}}, "do not fit"),
        ({"config": {"breadth": 8}}, "do not fit"),
        ({"config": {"latents": 11}}, "even number of latents"),
        ({"config": {"width": 0}}, "impossible width"),
        ({"config": {"model": -1}}, "not the number of a model"),
        ({"tensors": {"tables.counts": torch.ones(4)}}, "tables are damaged"),
        ({"tensors": {"tables.sizes": torch.tensor([3], dtype=torch.int32)}}, "tables are damaged"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, changes: dict, message: str) -> None:
    weights = saved(tmp_path, tiny_vae())
    for name, change in changes.items():
        value = change if isinstance(change, str) else {**getattr(weights, name), **change}
        weights = replace(weights, **{name: value})
    with pytest.raises(WeightsError, match=message):
        load_model(weights)
