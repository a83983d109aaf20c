"""Settings: what TOML and `--set` may say, and how a mistake is told."""

from pathlib import Path

import pytest

from restore.errors import UsageError
from restore.training.engine.config import load_config, with_settings
from restore.training.inpaint.config import InpaintTraining


def test_toml_replaces_settings(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('steps = 12\nrate = 1e-4\nvariant = "base"\n')
    config = load_config(path, InpaintTraining())
    assert (config.steps, config.rate, config.variant) == (12, 1e-4, "base")
    assert config.batch == InpaintTraining().batch


def test_strings_are_read_as_the_settings_type() -> None:
    config = with_settings(InpaintTraining(), {"batch": "3", "hinge": "0.5", "minutes": "2"})
    assert (config.batch, config.hinge, config.minutes) == (3, 0.5, 2.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"batsch": 3}, "unknown training setting 'batsch'"),
        ({"batch": "many"}, "batch is 'many'; it must be of type int"),
        ({"batch": 2.5}, "batch is 2.5"),
        ({"batch": 0}, "at least 1"),
        ({"crop": 100}, "multiple of 16"),
        ({"crop": 32}, "from 64 to 512"),
        ({"adversarial_share": 1.5}, "between 0 and 1"),
        ({"variant": "huge"}, "known are small, base"),
        ({"rate": -1.0}, "must be positive"),
    ],
)
def test_wrong_settings_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_settings(InpaintTraining(), values)


def test_an_unreadable_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        load_config(tmp_path / "none.toml", InpaintTraining())
    (tmp_path / "bad.toml").write_text("steps = = 3")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_config(tmp_path / "bad.toml", InpaintTraining())
