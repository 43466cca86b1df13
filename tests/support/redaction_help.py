"""What tests of redaction share."""

from __future__ import annotations

from runners import redaction


def forget_secrets() -> None:
    """Drop what the redactor has read of the environment, which a test has changed."""
    for one in ("_known", "_hosts", "_folders", "_short_for_others"):
        getattr(redaction, one).cache_clear()
