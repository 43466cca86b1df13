"""Small networks for texts of one's own, made of plain settings (`make improve`)."""

from __future__ import annotations

from typing import Any

from benchmarks.definition import Entry
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.training.recipe import Recipe


def small_text(
    name: str,
    *,
    length: int = 100,
    width: int = 16,
    dropout: float = 0.3,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 1e-2,
    weight_decay: float = 0.0,
    **options: Any,
) -> Entry:
    """The mean of embeddings of words, pairs of words and runs of three or four characters.

    Of a text the first `length` words and four times as many characters are read. Trained by Adam
    (AdamW with a `weight_decay`) on a cosine schedule. Further options as `text_network`.
    """
    tokens = words_and_characters(length)
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="cosine",
        weight_decay=weight_decay,
    )
    return text_network(
        name,
        "mean_embedding",
        tokens,
        recipe,
        f"Mean of embeddings of the first {length} words, their pairs, and runs of characters.",
        settings={"width": width, "dropout": dropout},
        **options,
    )


def words_and_characters(length: int) -> tuple[Tokens, Tokens]:
    """Words and their pairs of the first `length` words, and runs of three or four characters."""
    return (
        Tokens(ngrams=(1, 2), vocabulary=8000, length=2 * length),
        Tokens("character", ngrams=(3, 4), vocabulary=8000, length=8 * length),
    )
