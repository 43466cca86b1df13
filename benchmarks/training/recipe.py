"""How a network is trained, as a plain value."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.later import later_field

if TYPE_CHECKING:
    import numpy as np


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
    class_weight: Mapping[int, float] | Literal["balanced"] | None = later_field(None)
    """Factor of the loss of a class's rows, by its number, as in Keras' `fit`; a class that is not
    named has 1. "balanced" is rows over classes times rows of the class, as in scikit-learn. Not
    applied to the rows held back for validation, as in Keras."""
    sample_weight: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = later_field(None)
    """A function of raw training rows (n, ...) and their targets (n,) to factors (n,) of the loss
    of each row, as in Keras' `fit`; those held back for validation have theirs too."""

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


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """A recipe's fields as plain JSON; weights are left out where there are none.

    Keys of `class_weight` are texts, as JSON wants them; a function is its name.
    """
    values = dataclasses.asdict(recipe)
    by_class, by_row = values.pop("class_weight"), values.pop("sample_weight")
    if isinstance(by_class, Mapping):
        by_class = {str(label): float(by_class[label]) for label in sorted(by_class)}
    values |= {"class_weight": by_class} if by_class is not None else {}
    return values | ({"sample_weight": function_name(by_row)} if by_row is not None else {})


def function_name(function: Callable[..., Any]) -> str:
    """A function's own name, also of a partial one."""
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", type(inner).__name__))


def weight_field(recipe: Recipe) -> str:
    """The field by which a recipe weights rows; empty where it weights none."""
    names = ("class_weight", "sample_weight")
    return next((name for name in names if getattr(recipe, name) is not None), "")
