"""How a network is trained, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Everything about training that is not the network itself.

    Fields are called as in Keras where Keras has them. Without `validation_split` the final weights
    are those of the last epoch and no row of the training part is held back; with it, those of the
    epoch with the lowest loss on the rows held back. No test row is ever looked at.
    """

    epochs: int
    batch_size: int
    optimizer: Literal["adam", "sgd", "rmsprop", "muon"] = "adam"
    learning_rate: float = 1e-3
    other_learning_rate: float = 0.0
    """Muon's rate for weights that are no convolution kernels."""
    schedule: Literal["constant", "cosine", "one-cycle", "linear", "steps"] = "constant"
    """Cosine, linear: from the learning rate to zero. One-cycle: a cosine after a linear rise from
    zero over the first tenth of the steps. Steps: a tenth after half, a hundredth after three
    quarters of the steps."""
    momentum: float = 0.0
    """For SGD and Muon."""
    nesterov: bool = True
    """Whether SGD's momentum looks ahead."""
    weight_decay: float = 0.0
    """Decoupled from the gradient."""
    global_clipnorm: float = 0.0
    """Longest gradient of a repeat, all its weights together; 0 leaves gradients as they are."""
    label_smoothing: float = 0.0
    """Share of a class label spread evenly over all classes, for cross-entropy."""
    flip: Literal["none", "random", "alternating"] = "none"
    """Mirroring of images left to right, see `augment`."""
    shift: float = 0.0
    """Most pixels an image is moved in each direction; see `augment`."""
    fill_mode: Literal["reflect", "nearest", "constant"] = "reflect"
    """What stands where the image was moved away; the constant is 0, and a
    reflection has the edge once."""
    validation_split: float = 0.0
    """Share of each repeat's training rows held back, drawn from its own seed; 0 for none."""
    patience: int = 0
    """Epochs in a row without a lower validation loss after which a repeat stops; 0 for never."""
    jit_compile: bool = True
    """Compile the epoch with XLA: several times faster for dense and recurrent layers on a CPU,
    many times slower there for convolutions, and for dropout in networks that do not stack, which
    run as a plain graph."""

    def __post_init__(self) -> None:
        if not 0 <= self.validation_split < 1 or self.patience < 0:
            raise ValueError(
                "expected a validation share from 0 to below 1 and a patience of 0 or more, "
                f"received {self.validation_split!r} and {self.patience!r}"
            )
        if self.patience and not self.validation_split:
            raise ValueError(
                f"expected a validation share beside a patience of {self.patience}, received "
                "none; set validation_split, for example to 0.1"
            )
