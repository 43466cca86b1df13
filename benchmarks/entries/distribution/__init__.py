"""Entries that predict a distribution, as quantiles: networks, classical models, calibration."""
