"""Networks for tables of numbers that train by programs many tables share."""
