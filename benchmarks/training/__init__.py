"""Trainers: what turns training rows into fitted networks. Imported by entries when called."""
