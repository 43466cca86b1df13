"""What MLflow runs to serve a kept network: rows of a table or arrays in, predictions out.

A copy of this file travels with the network, its schema, `encoding.py` and `keras_settings.py`, and
is all the server has of this project. Only a network with layers of its definition's own brings the
definition, and the package `benchmarks` that it needs.
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any

import mlflow
import pandas


class Served(mlflow.pyfunc.PythonModel):
    """MLflow's form of a model."""

    def load_context(self, context: Any) -> None:
        """Load the network."""
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        # A file beside this one, no package to install.
        with importlib.import_module("keras_settings").without_user_settings():
            import keras

        self.schema = json.loads(Path(context.artifacts["schema"]).read_bytes())
        if "definition" in self.schema:
            self.register_layers(self.schema["definition"])
        self.network = keras.saving.load_model(context.artifacts["network"], compile=False)

    def register_layers(self, definition: str) -> None:
        """Have Keras find the layers of a definition, by building its networks once."""
        from benchmarks.entries.own_networks import builder_of, register_built_layers
        from benchmarks.registry import definitions_in

        schema = self.schema
        shape = tuple(schema.get("shape") or (len(schema["features"]),))
        outputs = max(1, len(schema.get("classes", [])))
        for define in definitions_in(importlib.import_module(definition)):
            for entry in getattr(define(), "entries", ()):  # a collection has none of its own
                if build := builder_of(entry.fit):
                    register_built_layers(build, shape, outputs)

    def predict(
        self, context: Any, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame | Any:
        """Rows with the columns of the training data; values never seen count as none.

        Of images and windows an array (n, …), for which an array (n, values) is returned.
        """
        import numpy as np
        from encoding import answered, coded, numbers_and_texts

        x: Any
        if "text" in self.schema:
            texts = model_input[self.schema["text"]].fillna("").astype(str).to_numpy(object)
            return answered(self._output(_strings(texts)), self.schema)
        if "features" not in self.schema:
            x = np.asarray(model_input, np.float32)
            return np.asarray(self.network(x, training=False)).reshape(len(x), -1)
        rows = coded(model_input, self.schema["features"])
        if rows.dtype != object:
            return answered(self._output(rows.astype("float32")), self.schema)
        numbers, texts = numbers_and_texts(rows)
        x = _strings(texts)
        if numbers.shape[1]:
            import tensorflow as tf

            x = [tf.constant(numbers, tf.float32), x]
        return answered(self._output(x), self.schema)

    def _output(self, x: Any) -> Any:
        """Of the network (n, values); (n,) where that is one value."""
        import numpy as np

        out = np.asarray(self.network(x, training=False))
        return out[:, 0] if out.shape[1] == 1 else out


def _strings(texts: Any) -> Any:
    """An array of texts as a tensor; what UTF-8 cannot hold becomes a question mark."""
    import tensorflow as tf

    encoded = [text.encode("utf-8", "replace") for text in texts.ravel()]
    return tf.reshape(tf.constant(encoded, tf.string), texts.shape)


mlflow.models.set_model(Served())
