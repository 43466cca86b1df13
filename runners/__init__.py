"""How benchmarks are run: planned, trained in worker processes, recorded, mirrored in MLflow."""
