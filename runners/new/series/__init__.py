"""Series to be forecast as benchmarks."""
