"""`make audit`: the effect of known shortcuts on a score."""
