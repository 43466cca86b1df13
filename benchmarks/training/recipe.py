"""How a network is trained, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Everything about training that is not the network itself.

    The final weights are those of the last epoch: no row of the training part is held back and
    no test row is ever looked at.
    """

    epochs: int
    batch: int
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    momentum: float = 0.0
    """Nesterov momentum, for SGD."""
    weight_decay: float = 0.0
    """Decoupled from the gradient."""
    xla: bool = True
    """Compile the epoch with XLA: several times faster for dense and recurrent layers on a CPU,
    many times slower there for convolutions and dropout, which run as a plain graph."""
