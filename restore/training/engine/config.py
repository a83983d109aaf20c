"""Settings of recipes: frozen dataclasses, from TOML or from `--set key=value`, checked before anything starts."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from restore.errors import UsageError


class Settings(Protocol):
    """What every recipe's settings have; they are dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def steps(self) -> int | None:
        """End after this many optimiser steps."""

    @property
    def minutes(self) -> float | None:
        """End after this many minutes of wall time; used when `steps` is not given."""


SettingsT = TypeVar("SettingsT", bound=Settings)


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


def ending(config: SettingsT, steps: int | None, minutes: float | None) -> SettingsT:
    """The same settings, but for when the run ends."""
    return replace(config, steps=steps, minutes=minutes)


def _as_type(value: object, wanted: type) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    if wanted is int and isinstance(value, float):
        raise ValueError
    if wanted is str and not isinstance(value, str):
        raise ValueError
    converted: object = wanted(value)
    return converted


def demand_shares(config: object, *names: str) -> None:
    """Refuse settings outside 0..1.

    Raises:
        UsageError: one is.
    """
    for name in names:
        if not 0 <= getattr(config, name) <= 1:
            raise UsageError(f"{name} is {getattr(config, name)}; it is a share between 0 and 1")


def demand_at_least_one(config: object, *names: str) -> None:
    """Refuse counts below one.

    Raises:
        UsageError: one is.
    """
    for name in names:
        if getattr(config, name) < 1:
            raise UsageError(f"{name} is {getattr(config, name)}; it must be at least 1")


def demand_positive(config: object, *names: str) -> None:
    """Refuse rates that are not positive.

    Raises:
        UsageError: one is not.
    """
    for name in names:
        if not getattr(config, name) > 0:
            raise UsageError(f"{name} is {getattr(config, name)}; it must be positive")
