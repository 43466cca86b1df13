"""`~/.keras/keras.json` and environment variables of Keras: without effect, and left alone."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from data_folder import keras_here  # noqa: F401

from runners.execution.keras_settings import reset, without_user_settings

pytestmark = pytest.mark.usefixtures("keras_here")
HOSTILE = {
    "channels first": '{"image_data_format": "channels_first"}',
    "float64": '{"floatx": "float64"}',
    "float16": '{"floatx": "float16", "epsilon": 0.5}',
    "another backend": '{"backend": "jax"}',
    "float8": '{"floatx": "float8"}',
    "a whole epsilon": '{"epsilon": 1}',
    "a list": "[]",
    "not UTF-8": "\udcff",
}


def config() -> ModuleType:
    """Keras' module of settings, read as at its import."""
    file = Path(sys.modules["keras"].__file__ or "").parent / "src/backend/config.py"
    spec = importlib.util.spec_from_file_location("another_config", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settings(module: ModuleType) -> tuple[object, ...]:
    return (
        module._FLOATX,
        module._EPSILON,
        module._IMAGE_DATA_FORMAT,
        module._BACKEND,
        module._MAX_EPOCHS,
        module._MAX_STEPS_PER_EPOCH,
    )


OWN = ("float32", 1e-7, "channels_last", "tensorflow", None, None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("KERAS_HOME", "KERAS_BACKEND", "KERAS_MAX_EPOCHS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".keras").mkdir()
    return tmp_path / ".keras"


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_users_file_changes_and_breaks_nothing(home: Path, content: str) -> None:
    file = home / "keras.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    before = file.read_bytes()
    with without_user_settings():
        assert settings(config()) == OWN
    assert file.read_bytes() == before
    try:
        changed = settings(config()) != OWN
    except Exception:  # Keras refuses the file
        changed = True
    assert changed or content == HOSTILE["not UTF-8"]


def test_variables_that_cut_training_short_have_no_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "1")
    (home / "keras.json").write_text(json.dumps({"floatx": "float64"}))
    monkeypatch.setenv("KERAS_HOME", str(home))
    with without_user_settings():
        assert settings(config()) == OWN
    assert os.environ["KERAS_MAX_EPOCHS"] == "1"
    assert os.environ["KERAS_HOME"] == str(home)
    assert sys.modules["keras.src.backend.config"].keras_home() == str(home)


def test_what_a_builder_has_set_is_gone_for_the_next_group() -> None:
    import keras

    keras.config.set_floatx("float64")
    keras.config.set_epsilon(0.1)
    keras.config.set_image_data_format("channels_first")
    reset()
    assert keras.config.floatx() == "float32"
    assert keras.config.epsilon() == 1e-7
    assert keras.config.image_data_format() == "channels_last"
