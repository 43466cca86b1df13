"""Imported once by the fork server: what every worker needs and is slow to load."""

import contextlib
import os

# TensorFlow's C++ side logs to stderr before its log level applies; the workers have nothing
# to say there either, since their errors come back as values.
with open(os.devnull, "w") as nothing:
    saved = os.dup(2)
    os.dup2(nothing.fileno(), 2)
    try:
        import keras
        import sklearn.ensemble
        import sklearn.linear_model
        import sklearn.neighbors
        import sklearn.pipeline
        import sklearn.preprocessing
        import tensorflow
    finally:
        os.dup2(saved, 2)
        os.close(saved)

with contextlib.suppress(AttributeError):
    tensorflow.get_logger().setLevel("ERROR")

__all__ = ["keras", "sklearn", "tensorflow"]
