"""Folders of images as benchmarks."""
