"""Published scores with their citations, and whether ours can be compared with them."""
