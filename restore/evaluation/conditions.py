"""The conditions of a bench: what a reader has to know to judge or repeat its figures."""

from dataclasses import dataclass
from typing import TypedDict

import torch

from restore.evaluation.measure import describe_device


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions that every bench has; each job adds its own."""

    weights: str | None
    """Name or path of our weights; None when no method of ours ran."""
    perceptual: bool
    """Whether the perceptual distance was measured."""
    device: str
    """Where our network ran; the baselines run on the CPU, but for those of ours."""
    processor: str
    versions: dict[str, str]
    """Library to version."""

    def head(self, measured: str) -> str:
        """The first line of a report.

        Args:
            measured: on what, such as `12 pictures, centre 512 px`.
        """
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{measured}; device {self.device}; {versions}"


class Machine(TypedDict):
    """The two fields of `Conditions` that tell where a bench ran."""

    device: str
    processor: str


def machine(device: torch.device) -> Machine:
    """Describe the device of our network and the processor of the baselines."""
    processor = describe_device(torch.device("cpu"))
    return {"device": f"{device} ({describe_device(device)})", "processor": processor}


def settings_line(settings: dict[str, str]) -> list[str]:
    """What was chosen for each method, in one line; no line where nothing was."""
    words = "; ".join(f"{name}: {chosen}" for name, chosen in settings.items() if chosen)
    return [words] if words else []
