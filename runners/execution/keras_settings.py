"""Keras as every worker has it, whatever `~/.keras/keras.json` says.

That file changes Keras' defaults at import: image layout, float type, epsilon, backend. A score
must not depend on it, and a file that Keras refuses must not stop a run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

READ_AT_IMPORT = ("KERAS_HOME", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
"""Environment variables that change what Keras does; the last two cut training short."""


@contextlib.contextmanager
def without_user_settings() -> Iterator[None]:
    """Import Keras inside: it finds no `keras.json`.

    Its folder for downloads, `~/.keras` or `KERAS_HOME`, is afterwards what it always was.
    """
    before = {name: os.environ.pop(name) for name in READ_AT_IMPORT if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="keras-") as empty:
        os.environ["KERAS_HOME"] = empty
        try:
            yield
        finally:
            del os.environ["KERAS_HOME"]
            os.environ.update(before)
            config = sys.modules.get("keras.src.backend.config")
            if config is not None:
                home = before.get("KERAS_HOME") or str(Path("~/.keras").expanduser())
                config._KERAS_DIR = home  # type: ignore[attr-defined]


def reset() -> None:
    """Set Keras' defaults, which an earlier group's builder may have changed in this process."""
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
