"""The errors this library raises, and the exit code each one becomes on the command line.

Library code never prints or exits: it raises one of these. Every message is one line that says what happened, why, and
what to do about it, so that the command line can show it as it is.
"""


class RestoreError(Exception):
    """Base of every error raised on purpose; catch it to catch them all."""

    exit_code = 1


class UsageError(RestoreError, ValueError):
    """The request cannot be carried out as asked: wrong arguments, sizes that differ, an unavailable device."""

    exit_code = 2


class InputError(RestoreError):
    """An input file is damaged, truncated, too large or of a kind that is not supported."""

    exit_code = 3


class WeightsError(RestoreError):
    """Model weights are missing, damaged or do not fit the code."""

    exit_code = 4


class OutputError(RestoreError):
    """The result cannot be written: no permission, no space, no such folder."""

    exit_code = 5


class TrainingError(RestoreError):
    """A training run cannot start or go on; the message names the last good checkpoint where there is one."""
