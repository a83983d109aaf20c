"""The methods of a bench by name: ours, perhaps with a setting, and the baselines it is compared with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from restore.errors import UsageError
from restore.pretrained import available

Method = TypeVar("Method")
Model = TypeVar("Model")

OURS = "restore"
"""Our method as it is released."""


def effort_of(method: str) -> int | None:
    """The effort that a method's name asks for; None where it asks for none.

    Raises:
        UsageError: it is no whole number above 0.

    Examples:
        >>> effort_of("restore@2")
        2
    """
    _, at, effort = method.partition("@")
    if not at:
        return None
    if not (effort.isascii() and effort.isdecimal() and int(effort) > 0):
        raise UsageError(f"{method}: what follows @ is an effort, a whole number from 1 on")
    return int(effort)


@dataclass(frozen=True, slots=True)
class MethodNames:
    """What a bench with released weights can measure.

    Attributes:
        ours: our methods; each may be followed by a setting, as in `restore@2`.
        baselines: the methods ours is compared with.
        released: the name of our released weights.
        missing: what an install lacks to run a baseline, for a message; None where it runs.
        former: names that were once in use and still work, to the names they have now.
        setting_of: reads what follows the @ of a method of ours, None where nothing does, and refuses what cannot.
        setting: what that is called.
    """

    ours: Sequence[str]
    baselines: Sequence[str]
    released: str
    missing: Callable[[str], str | None]
    former: Mapping[str, str] = field(default_factory=dict)
    setting_of: Callable[[str], float | None] = effort_of
    setting: str = "EFFORT"

    def choose(self, methods: Sequence[str] | None, weights: str | Path, *, given: bool) -> list[str]:
        """The methods to run, without repeats.

        Args:
            methods: names; None is our released method, where it has weights, and every baseline that runs here.
            weights: name or path of our weights.
            given: whether the caller has a model of its own, which then stands for `restore`.

        Raises:
            UsageError: an unknown name, a setting that is none, a baseline that does not run here,
                or no name at all.
        """
        if methods is None:
            ours = [OURS] if given or self.has_weights(weights) else []
            return ours + [name for name in self.baselines if self.missing(name) is None]
        choice = f"choose from {', '.join((*self.ours, *self.baselines))}"
        choice += f", or {OURS}@{self.setting}"
        for method in methods:
            if self.is_ours(method):
                self.setting_of(method)
            elif method not in self.baselines:
                raise UsageError(f"there is no method {method!r}; {choice}")
            elif (reason := self.missing(method)) is not None:
                raise UsageError(f"{method} cannot run: {reason}; leave it out of the methods")
        if not methods:
            raise UsageError(f"nothing to measure; {choice}")
        return list(dict.fromkeys(methods))

    def is_ours(self, method: str) -> bool:
        """Whether a method runs our network, perhaps with a part switched off or with another setting."""
        name = method.partition("@")[0]
        return name in self.ours or name in self.former

    def resolve(
        self,
        methods: Iterable[str],
        *,
        baseline: Callable[[str], Method],
        load: Callable[[str], Model],
        ours: Callable[[str, Model], Method],
        given: Model | None,
    ) -> list[Method]:
        """The methods behind chosen names; a model is loaded once per method of ours, whatever the settings.

        Args:
            methods: as `choose` gives them.
            baseline: gives a baseline by its name.
            load: loads the model behind a method of ours, by its name without setting.
            ours: makes a method of its name, setting included, and its model.
            given: stands for the model of `restore`, which is then not loaded.
        """
        loaded: dict[str, Model] = {} if given is None else {OURS: given}
        found = []
        for method in methods:
            name = method.partition("@")[0]
            name = self.former.get(name, name)
            if name in self.baselines:
                found.append(baseline(name))
                continue
            if name not in loaded:
                loaded[name] = load(name)
            found.append(ours(method, loaded[name]))
        return found

    def weights_of(self, methods: Iterable[str], weights: str | Path) -> str | None:
        """The weights that were measured, for a report's conditions; None where no method of ours ran."""
        return str(weights) if any(self.is_ours(method) for method in methods) else None

    def has_weights(self, weights: str | Path) -> bool:
        """Whether weights of a name are released, or a path was given, which is then opened or refused."""
        return str(weights) != self.released or self.released in available()

    def left_out(self, methods: Sequence[str], weights: str | Path) -> list[str]:
        """Notes on the methods that would run by default and do not."""
        notes = []
        if OURS not in methods and not self.has_weights(weights):
            reason = f"no weights of the name {weights!s} are released; name others with --weights"
            notes.append(f"{OURS} is left out: {reason}")
        reasons = ((name, self.missing(name)) for name in self.baselines)
        return notes + [f"{name} is left out: {reason}" for name, reason in reasons if reason is not None]


def among(chosen: Sequence[str] | None, measured: Sequence[str]) -> list[str]:
    """The methods that a sheet shows.

    Args:
        chosen: names; None takes all that were measured.
        measured: the names of what ran.

    Raises:
        UsageError: a method that did not run.
    """
    methods = list(measured if chosen is None else chosen)
    absent = [method for method in methods if method not in measured]
    if absent:
        raise UsageError(f"{absent[0]} did not run; choose from {', '.join(measured)}")
    return methods
