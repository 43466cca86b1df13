"""The epoch one repeat was best on the rows held back; `training.early_stopping` on JAX."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Best(NamedTuple):
    """The best epoch of a repeat so far."""

    running: Any
    """Whether the repeat still trains."""
    epochs: Any
    """Epochs it has trained."""
    loss: Any
    """Lowest validation loss so far."""
    wait: Any
    """Epochs since then."""
    weights: Any
    """All weights of that epoch."""


def before_training(weights: Any) -> Best:
    """The state before the first epoch, with the weights the repeat starts from."""
    none = jnp.int32(0)
    return Best(jnp.bool_(True), none, jnp.float32(jnp.inf), none, weights)


def after_epoch(best: Best, loss: Any, weights: Any, patience: int) -> Best:
    """The state after an epoch with that validation loss, which ended with `weights`."""
    better = best.running & (loss < best.loss)
    wait = jnp.where(better, 0, best.wait + 1)
    return Best(
        best.running & (wait < patience) if patience else best.running,
        best.epochs + best.running.astype(jnp.int32),
        jnp.where(better, loss, best.loss),
        wait,
        choose(better, weights, best.weights),
    )


def choose(which: Any, new: Any, old: Any) -> Any:
    """`new` where `which` is true, else `old`; both of the same structure."""
    return jax.tree_util.tree_map(lambda a, b: jnp.where(which, a, b), new, old)
