"""The compiled trainer on JAX: the networks of a group in one program, whatever their layers."""
