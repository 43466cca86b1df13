"""The verbs of `python -m runners`, a module each: its arguments and its call."""
