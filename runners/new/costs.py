"""How many seconds the entries of a new benchmark will take on one core, to a factor of two.

Measured on one core of a current server with scikit-learn 1.9 and TensorFlow 2.21; constants are
seconds.
"""

from __future__ import annotations

from collections.abc import Collection

START = 4.0
"""Compiling a network, once for all repeats that train together."""
FLOP = 2e-11
"""A floating-point operation of a network in training."""
SPLIT, CELL, BIN = 8e-4, 5e-9, 1.2e-6
"""Of gradient boosting: an iteration, a cell in it, a feature of a leaf in it."""
ITERATIONS, LEAVES = 100, 31
SOLVE = 1e-9
"""A cell in an iteration of logistic regression."""
SOLVER_ITERATIONS = 100
SQUARE = 2e-10
"""Of least squares: a cell, for each feature."""
DISTANCE = 2e-9
"""A pair of rows, for each feature, of nearest neighbours."""
PREPARE = 5e-8
"""A cell of what reaches an entry: filled, scaled and encoded, in training and in prediction."""
LOAD = 6e-7
"""A cell of the file, read once."""


def of_network(samples: float, width: int, units: int, outputs: int) -> float:
    """Seconds to train two hidden layers on so many samples, all epochs and members counted."""
    weights = width * units + units * units + units * outputs
    return START + samples * 6 * weights * FLOP


def of_references(
    names: Collection[str], rows: int, width: int, classes: int, repeats: int
) -> float:
    """Seconds of the classical baselines, by the names that definitions give them."""
    train, cells = 0.8 * rows, 0.8 * rows * width
    each = 0.0
    if "boosting" in names:
        trees = classes if classes > 2 else 1
        leaves = min(LEAVES, max(1.0, train / 20))
        each += trees * ITERATIONS * (SPLIT + CELL * cells + BIN * width * leaves)
    if "logistic" in names:
        each += SOLVER_ITERATIONS * SOLVE * cells * max(1, classes if classes > 2 else 1)
    if "linear" in names:
        each += SQUARE * cells * min(width, train)
    if "nearest" in names:
        each += DISTANCE * train * 0.2 * rows * width
    return repeats * (each + len(names) * PREPARE * rows * width)


def of_loading(rows: int, columns: int) -> float:
    """Seconds to read the file and make arrays of it."""
    return LOAD * rows * columns
