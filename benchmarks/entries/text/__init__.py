"""Entries for texts: linear models on n-grams, and networks whose kept file takes strings."""
