"""The network between two sets of weights.

The regression weights are safe and smooth, the adversarial ones crisp and now and then wrong. Both come from one
training, so their weights can be mixed (Wang et al., ESRGAN, ECCV 2018, section 3.4): `detail` is how far to go
from the first to the second. Mixing happens in float32 on the CPU, once per detail. A third set, `wide`, is a
generator of its own, trained to mend the start fills of wide holes (`restore.models.inpaint.start`); it is not mixed.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import torch
from torch import nn

from restore.errors import WeightsError
from restore.models.inpaint.generator import Generator, InpainterConfig

REGRESSION, ADVERSARIAL, WIDE = "regression", "adversarial", "wide"

KIND = "inpaint.generator"
"""What a weight file of this model calls itself."""

MOST_NETWORKS = 3
"""Mixed networks kept for calls with the same detail."""


class Networks:
    """The generators by role, and mixtures of them on any device.

    Args:
        generators: by role, `regression` or `adversarial` or both, of one architecture, and `wide`, of any; copied.
            Without the first two: no network but that of wide holes.
        default_detail: detail where none is asked for and both roles are there.

    Raises:
        WeightsError: an unknown role, or two architectures.
    """

    def __init__(self, generators: Mapping[str, nn.Module], default_detail: float) -> None:
        unknown = sorted(set(generators) - {REGRESSION, ADVERSARIAL, WIDE})
        if unknown:
            raise WeightsError(f"role '{unknown[0]}' is unknown: the roles are {REGRESSION}, {ADVERSARIAL} and {WIDE}")
        self._generators = {role: copy.deepcopy(net).float().cpu().eval() for role, net in generators.items()}
        self._wide = self._generators.pop(WIDE, None)
        self._check_one_architecture()
        self._default = default_detail
        self._networks: dict[tuple[float | None, str], nn.Module] = {}
        self._wide_networks: dict[str, nn.Module] = {}
        self._lock = Lock()

    @property
    def config(self) -> object:
        """The generators' config, None where they have none."""
        networks = [*self._generators.values(), self._wide]
        return next((getattr(net, "config", None) for net in networks if net is not None), None)

    def detail(self, asked: float | None) -> float | None:
        """Return the detail to run at, None where there is nothing to choose.

        Raises:
            WeightsError: the detail asked for needs weights that are not there.
        """
        if len(self._generators) == 2:
            return self._default if asked is None else asked
        if asked is None or not self._generators:
            return None
        role = next(iter(self._generators))
        if asked == (1.0 if role == ADVERSARIAL else 0.0):
            return None
        missing = ADVERSARIAL if role == REGRESSION else REGRESSION
        raise WeightsError(
            f"detail {asked:g} needs the {missing} weights, but only the {role} ones are here: "
            "leave detail out, or give a folder that holds both"
        )

    def at(self, detail: float | None, device: torch.device) -> nn.Module | None:
        """Return the generator at a detail on a device, made once; None without generators."""
        if not self._generators:
            return None
        key = (detail, str(device))
        with self._lock:
            if key not in self._networks:
                if len(self._networks) >= MOST_NETWORKS:
                    self._networks.clear()
                network = self._mixed(detail).to(device)
                self._networks[key] = network.to(memory_format=torch.channels_last)
            return self._networks[key]

    @property
    def mends(self) -> bool:
        """Whether there is a generator for start fills of wide holes."""
        return self._wide is not None

    def wide_at(self, device: torch.device) -> nn.Module | None:
        """Return the generator that mends start fills of wide holes on a device, made once; None where there is none.

        It is called with the start fill, the hole and the texture that `start_fill` gives.
        """
        if self._wide is None:
            return None
        with self._lock:
            if str(device) not in self._wide_networks:
                network = copy.deepcopy(self._wide).requires_grad_(False).to(device)
                self._wide_networks[str(device)] = network.to(memory_format=torch.channels_last)
            return self._wide_networks[str(device)]

    def _mixed(self, detail: float | None) -> nn.Module:
        """A copy of the generator with its weights `detail` of the way from regression to adversarial."""
        nets = self._generators
        network = copy.deepcopy(nets[REGRESSION] if REGRESSION in nets else nets[ADVERSARIAL])
        if detail is not None:
            adversarial = nets[ADVERSARIAL].state_dict()
            network.load_state_dict(
                {
                    name: torch.lerp(value, adversarial[name], detail) if value.is_floating_point() else value
                    for name, value in network.state_dict().items()
                }
            )
        return network.requires_grad_(False)

    def _check_one_architecture(self) -> None:
        shapes = [{name: value.shape for name, value in net.state_dict().items()} for net in self._generators.values()]
        if any(shape != shapes[0] for shape in shapes):
            raise WeightsError(
                "the regression and adversarial weights are of different architectures: give two of one training"
            )


def load_generators(name_or_path: str | Path) -> dict[str, nn.Module]:
    """Load generators by role.

    Args:
        name_or_path: a released model's name, a `.safetensors` file, or a folder that holds such files.

    Raises:
        WeightsError: no such weights, or damaged ones, or weights of another model.
    """
    from restore.pretrained import load_weights

    generators: dict[str, nn.Module] = {}
    for role, weights in load_weights(name_or_path).items():
        if weights.kind != KIND:
            raise WeightsError(
                f"{name_or_path}: these are weights of kind '{weights.kind}', not of an inpainting model"
            )
        try:
            generator = Generator(InpainterConfig(**weights.config))
            generator.load_state_dict(weights.tensors, strict=True)
        except (TypeError, ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise WeightsError(
                f"{name_or_path}: the {role} weights do not fit this version of restore ({reason}): update it"
            ) from error
        generators[role] = generator
    return generators
