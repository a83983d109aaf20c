"""Weights of a codec's network taken up by a deeper one, which at first does what the shallower one did.

refinements      zero-initialised: they change nothing until they have learned
g_s_blocks.N     blocks beyond those of the start are zero-initialised
g_a.N            blocks beyond those of the start too; what follows them has moved up
"""

import re

from torch import Tensor

from restore.codecs.network.vae import VAE
from restore.models.layers import GatedBlock

GROWN = ("entropy.refinements.", "g_s_blocks.")
"""Beginnings of the names of what the start may lack."""
BRANCHES = ("g_a.", "g_s_blocks.")
"""Beginnings of the names of the branches that may get deeper."""
BEFORE, AFTER = 2, 2
"""Layers of g_a before its blocks and after them."""


def grow(vae: VAE, start: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of a network from another's, whose branches may have fewer blocks.

    Args:
        vae: the network at initialisation; the last layers of blocks that `start` lacks are set to zero in it.
        start: the other's tensors by name.

    Returns:
        What `vae.load_state_dict` takes; with names missing or left over if the networks differ in other ways.
    """
    moved = _shifted(start, len(vae.g_a) - AFTER)
    for name, layer in vae.named_modules():
        if isinstance(layer, GatedBlock) and name.startswith(BRANCHES) and f"{name}.enter.weight" not in moved:
            layer.make_identity()
    blocks = {f"g_a.{place}." for place in range(BEFORE, len(vae.g_a) - AFTER)}
    added = {name: value for name, value in vae.state_dict().items() if name.startswith((*GROWN, *blocks))}
    return added | moved


def _shifted(start: dict[str, Tensor], last: int) -> dict[str, Tensor]:
    """`start` with the layers after g_a's blocks where the deeper network has them."""
    places = [int(found[1]) for name in start if (found := re.match(r"g_a\.(\d+)\.", name))]
    old, new = f"g_a.{max(places, default=0)}.", f"g_a.{last + AFTER - 1}."
    return {new + name.removeprefix(old) if name.startswith(old) else name: value for name, value in start.items()}
