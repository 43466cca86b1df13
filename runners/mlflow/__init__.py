"""MLflow as a view of the records: written by `sync`, read back by `reading`."""
