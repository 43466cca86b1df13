"""Handing the page on: publishing it, packing its records, badges and pictures."""
