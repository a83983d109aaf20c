"""Who can take part in a bench, and what is said of those who cannot; alike for every bench with released weights."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from restore.errors import UsageError
from restore.pretrained import available

OURS = "restore"
"""Our method as it is released."""

Missing = Callable[[str], str | None]
"""What an install lacks to run a rival, for a message; None where it runs."""


def has_weights(weights: str | Path, released: str) -> bool:
    """Whether weights of a name are released, or a path was given, which is then to be opened or refused.

    Args:
        weights: what the user named.
        released: the name of the released ones.
    """
    return str(weights) != released or released in available()


def ready(rivals: Iterable[str], missing: Missing) -> list[str]:
    """The rivals that run here."""
    return [name for name in rivals if missing(name) is None]


def demand(rival: str, missing: Missing) -> None:
    """Refuse a rival that was asked for and does not run here.

    Raises:
        UsageError: what it lacks.
    """
    reason = missing(rival)
    if reason is not None:
        raise UsageError(f"{rival} cannot run: {reason}; leave it out of the methods")


def left_out(
    methods: Sequence[str], weights: str | Path, released: str, rivals: Iterable[str], missing: Missing
) -> list[str]:
    """What a reader should be told about those that would run by default and do not."""
    notes = []
    if OURS not in methods and not has_weights(weights, released):
        notes.append(f"{OURS} is left out: no weights of the name {weights!s} are released; name others with --weights")
    reasons = ((name, missing(name)) for name in rivals)
    return notes + [f"{name} is left out: {reason}" for name, reason in reasons if reason is not None]


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
