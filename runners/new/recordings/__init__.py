"""Series with a class each as benchmarks."""
