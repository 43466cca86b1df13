"""`predict`: new rows through the network a benchmark has trained."""
