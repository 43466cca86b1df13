"""`make improve`: hyperparameter search over what a definition declares, by inner validation."""
