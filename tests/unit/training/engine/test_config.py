"""Settings: what TOML and `--set` may change, and how mistakes are reported."""

from pathlib import Path

import pytest

from restore.errors import UsageError
from restore.training.codec.config import CodecTraining
from restore.training.engine.config import TrainingSettings, load_config, with_settings
from restore.training.inpaint.config import InpaintTraining
from restore.training.interpolate.config import InterpolateTraining


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
    ("settings", "values", "message"),
    [
        (InpaintTraining(), {"batsch": 3}, "unknown training setting 'batsch'"),
        (InpaintTraining(), {"batch": "many"}, "batch is 'many'; it must be of type int"),
        (InpaintTraining(), {"batch": 2.5}, "batch is 2.5"),
        (InpaintTraining(), {"batch": 0}, "at least 1"),
        (InpaintTraining(), {"crop": 100}, "multiple of 16"),
        (InpaintTraining(), {"crop": 32}, "from 64 to 512"),
        (InpaintTraining(), {"adversarial_share": 1.5}, "between 0 and 1"),
        (InpaintTraining(), {"variant": "huge"}, "known are small, base"),
        (InpaintTraining(), {"rate": -1.0}, "must be positive"),
        (CodecTraining(), {"crop": 96}, "multiple of 64"),
        (CodecTraining(), {"large_crop": 2048}, "64 to 1024"),
        (CodecTraining(), {"batch": 0}, "at least 1"),
        (CodecTraining(), {"levelling": 2.0}, "between 0 and 1"),
        (CodecTraining(), {"rate": 0.0}, "positive"),
        (CodecTraining(), {"perceptual": 1.0}, "unknown training setting"),
        (InterpolateTraining(), {"variant": "huge"}, "one of small, base"),
        (InterpolateTraining(), {"crop": 16}, "between 64 and 512"),
        (InterpolateTraining(), {"synthetic": 2}, "share between 0 and 1"),
        (InterpolateTraining(), {"flow": -1}, "must not be negative"),
        (InterpolateTraining(), {"batch": 0}, "at least 1"),
        (InterpolateTraining(), {"jpeg_share": 1.5}, "jpeg_share is 1.5; it is a share"),
    ],
)
def test_wrong_settings_are_named(settings: TrainingSettings, values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_settings(settings, values)


def test_an_unreadable_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        load_config(tmp_path / "none.toml", InpaintTraining())
    (tmp_path / "bad.toml").write_text("steps = = 3")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_config(tmp_path / "bad.toml", InpaintTraining())
