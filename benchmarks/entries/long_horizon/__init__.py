"""Forecasters of the long-horizon table by name: networks, their training, published recipes."""
