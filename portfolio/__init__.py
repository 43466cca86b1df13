"""What is shown: records in, one self-contained page and `results.json` out."""
