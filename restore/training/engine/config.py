"""Settings of recipes: frozen dataclasses, from TOML or from `--set key=value`, checked before anything starts.

What every recipe has stands in `TrainingSettings`, with each job's own defaults in the job's folder.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from restore.errors import UsageError
from restore.training.augmentation import Augmentation


@dataclass(frozen=True)
class TrainingSettings:
    """Settings that every recipe has. Shares are parts of the whole, 0..1."""

    steps: int | None = None
    """End after this many optimiser steps."""
    minutes: float | None = None
    """End after this many minutes of wall time; used when `steps` is not given."""
    seed: int = 0
    """All data, noise and initial weights follow from it."""

    crop: int = 128
    """Side of a training crop in pixels."""
    batch: int = 8
    """Crops per step."""
    blur_share: float = 0.0
    """Part of the samples that are blurred by a motion of the camera."""
    noise_share: float = 0.0
    """Part of the samples that get noise: Gaussian, or single pixels that are black or white."""
    jpeg_share: float = 0.0
    """Part of the samples that are compressed as JPEG does it."""

    rate: float = 1e-3
    """AdamW's learning rate at its highest."""
    last_rate: float = 1e-5
    """Learning rate at the end."""
    warmup: float = 0.01
    """Part of the run over which the rate rises."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    average: float = 0.998
    """Decay per step of the averaged weights that are released."""

    log_steps: int = 50
    """Steps between two lines of the log."""
    validate_seconds: float = 600.0
    """Seconds between two validations."""
    checkpoint_seconds: float = 180.0
    """Seconds between two checkpoints."""

    def __post_init__(self) -> None:
        require_shares(self, "warmup", "average", "blur_share", "noise_share", "jpeg_share")
        require_at_least_one(self, "batch", "log_steps")
        require_positive(self, "rate", "last_rate", "clip")

    @property
    def batches(self) -> tuple[int, ...]:
        """All sizes of batch that a run has, in crops."""
        return (self.batch,)

    @property
    def augmentation(self) -> Augmentation:
        """How samples are degraded."""
        return Augmentation(self.blur_share, self.noise_share, self.jpeg_share)


@dataclass(frozen=True)
class PhotoSettings(TrainingSettings):
    """Settings of recipes that learn from photographs: from small crops at first and from large ones in the end."""

    large_share: float = 0.3
    """The last part of the run, or of each of its stages, sees large crops."""
    large_crop: int = 256
    """Side of a large crop in pixels."""
    large_batch: int = 4
    """Large crops per step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_shares(self, "large_share")
        require_at_least_one(self, "large_batch")

    @property
    def batches(self) -> tuple[int, ...]:
        """All sizes of batch that a run has, in crops."""
        return self.batch, self.large_batch

    def crops(self, share: float) -> tuple[int, int]:
        """Number and side in pixels of a step's crops when a share 0..1 of the run, or of its stage, is done."""
        large = share >= 1 - self.large_share
        return (self.large_batch, self.large_crop) if large else (self.batch, self.crop)

    def require_sides(self, multiple: int, most: int, *names: str) -> None:
        """Refuse crops that the network cannot take.

        Args:
            multiple: what sides must be multiples of, in pixels.
            most: largest side in pixels.
            *names: settings that are sides; by default `crop` and `large_crop`.

        Raises:
            UsageError: a side is no multiple of `multiple`, or outside 64 to `most` px.
        """
        for name in names or ("crop", "large_crop"):
            side = getattr(self, name)
            if side % multiple or not 64 <= side <= most:
                raise UsageError(f"{name} is {side}; it must be a multiple of {multiple} from 64 to {most} px")


SettingsT = TypeVar("SettingsT", bound=TrainingSettings)


def load_config(path: Path, start: SettingsT) -> SettingsT:
    """Replace those settings of `start` that a TOML file names.

    Raises:
        UsageError: the file cannot be read, is no TOML, or names an unknown or wrong setting.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the configuration {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    return with_settings(start, values)


def with_settings(config: SettingsT, values: Mapping[str, Any]) -> SettingsT:
    """Replace settings by name; strings are read as the setting's type, as `--set` gives them.

    Raises:
        UsageError: an unknown name, or a value of the wrong type.
    """
    known = {field.name: type(field.default) for field in fields(config)} | {"steps": int, "minutes": float}
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"unknown training setting {name!r}; known are {', '.join(sorted(known))}")
        try:
            changes[name] = _as_type(value, known[name])
        except ValueError:
            raise UsageError(f"{name} is {value!r}; it must be of type {known[name].__name__}") from None
    return replace(config, **changes)


def _as_type(value: object, wanted: type) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    if wanted is int and isinstance(value, float):
        raise ValueError
    if wanted is str and not isinstance(value, str):
        raise ValueError
    converted: object = wanted(value)
    return converted


def require_shares(config: object, *names: str) -> None:
    """Refuse settings outside 0..1.

    Raises:
        UsageError: one is.
    """
    for name in names:
        if not 0 <= getattr(config, name) <= 1:
            raise UsageError(f"{name} is {getattr(config, name)}; it is a share between 0 and 1")


def require_at_least_one(config: object, *names: str) -> None:
    """Refuse counts below one.

    Raises:
        UsageError: one is.
    """
    for name in names:
        if getattr(config, name) < 1:
            raise UsageError(f"{name} is {getattr(config, name)}; it must be at least 1")


def require_positive(config: object, *names: str) -> None:
    """Refuse rates that are not positive.

    Raises:
        UsageError: one is not.
    """
    for name in names:
        if not getattr(config, name) > 0:
            raise UsageError(f"{name} is {getattr(config, name)}; it must be positive")
