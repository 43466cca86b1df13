"""What MLflow runs to serve a kept network: rows of a table in, predictions out.

A copy of this file travels with the network, its schema and `encoding.py`, and is all the server
has of this project: it imports nothing else of it.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas


class Served(mlflow.pyfunc.PythonModel):
    """MLflow's form of a model."""

    def load_context(self, context: Any) -> None:
        """Load the network."""
        import keras

        self.network = keras.saving.load_model(context.artifacts["network"], compile=False)
        self.schema = json.loads(Path(context.artifacts["schema"]).read_bytes())

    def predict(
        self, context: Any, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame:
        """Rows with the columns of the training data; values never seen count as none."""
        import numpy as np
        from encoding import answered, coded

        x = coded(model_input, self.schema["features"]).astype("float32")
        out = np.asarray(self.network(x, training=False))
        return answered(out[:, 0] if out.shape[1] == 1 else out, self.schema)


mlflow.models.set_model(Served())
