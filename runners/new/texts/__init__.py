"""A folder of `.txt` files by class as a benchmark."""
