"""Tables as benchmarks: files, competitions, data sets of the UCI repository."""
