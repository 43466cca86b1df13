"""Imported once by the fork server: what every worker needs and is slow to load.

From then on the fork server writes nothing to stderr. TensorFlow's C++ side logs there before its
log level applies, and a worker that is just being started when the run is stopped dies of it with a
traceback. A worker that has started gets its stderr back by `restore_stderr`.
"""

import contextlib
import os

from runners.execution.keras_settings import without_user_settings

_stderr = os.dup(2)
with open(os.devnull, "w") as _nothing:
    os.dup2(_nothing.fileno(), 2)
try:
    with without_user_settings():
        import keras
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.neighbors
    import sklearn.pipeline
    import sklearn.preprocessing
    import tensorflow
except BaseException:
    os.dup2(_stderr, 2)
    raise

with contextlib.suppress(AttributeError):
    tensorflow.get_logger().setLevel("ERROR")

__all__ = ["keras", "restore_stderr", "sklearn", "tensorflow"]


def restore_stderr() -> None:
    """Give a worker its stderr back; for use in a worker alone."""
    os.dup2(_stderr, 2)
