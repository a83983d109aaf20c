"""What every writer of moving pictures offers, whatever the file is."""

from collections.abc import Callable

__all__ = ["Notify", "ignore_notice"]

Notify = Callable[[str], None]
"""Called with one line for each thing that cannot be kept."""


def ignore_notice(_message: str) -> None:
    """A ``Notify`` that does nothing."""
