"""The same weights with a part of the network switched off: what does each part earn?

    linear      the learned branches of analysis and synthesis add nothing: principal components alone
    nocontext   all latents are coded with what the hyper-latents tell, as the first ones are
    fixed       neither hyper-latents nor context: each channel has one scale per quality, that of its row

Networks end where they add to something classical, so switching one off is setting its last layer to zero. Such a model
has another hash and an experimental number: its files are read by itself only.
"""

import copy
from typing import Literal, get_args

import torch
from torch import nn

from restore.codecs.bitstream.header import EXPERIMENTAL
from restore.codecs.codec import Model
from restore.codecs.network.vae import VAE
from restore.codecs.weights import model_hash
from restore.errors import UsageError

Part = Literal["all", "linear", "nocontext", "fixed"]


def ablate(model: Model, part: Part) -> Model:
    """A copy of a model with a part switched off; for `all` the model itself.

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
    counts = [torch.from_numpy(table) for table in model.tables.counts]
    sizes = torch.tensor([len(table) for table in counts])
    changed = model_hash(vae.state_dict(), torch.cat(counts), sizes)
    return Model(vae, model.tables, model.number | EXPERIMENTAL, changed)


def _last_layers(vae: VAE, part: Part) -> list[nn.Module]:
    entropy = vae.entropy
    if part == "linear":
        return [vae.g_a[-1], vae.g_s_pixels[0]]
    refined = [layer for _, network in entropy.passes for layer in (network.second[-1], network.beside)]
    context: list[nn.Module] = [entropy.second[-1], entropy.beside, *refined]
    return context if part == "nocontext" else [*context, entropy.first[-1], vae.h_a[-1]]
