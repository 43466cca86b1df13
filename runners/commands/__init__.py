"""The verbs of `python -m runners`, a module each: what it takes, and whom it asks."""
