"""The package's front door: lazy names that behave like ordinary ones."""

import pytest

import restore
from restore import errors


def test_every_public_name_is_there() -> None:
    for name in restore.__all__:
        assert getattr(restore, name) is not None
    assert set(restore.__all__) <= set(dir(restore))


def test_every_error_is_offered_at_the_front_door() -> None:
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert kinds <= set(restore.__all__)
    assert all(getattr(restore, kind) is getattr(errors, kind) for kind in kinds)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'restore' has no attribute 'compres'"):
        _ = restore.compres


def test_star_import_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from restore import *", names)
    assert set(restore.__all__) <= set(names)
