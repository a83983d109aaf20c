"""The two kinds of function through which long work reports to its caller; naming them loads nothing."""

from collections.abc import Callable

Notify = Callable[[str], None]
"""Called with one line worth knowing, such as what a format cannot hold."""

ProgressCallback = Callable[[int, int], None]
"""Called with the parts done and the parts in all."""
