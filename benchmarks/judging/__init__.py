"""What a score comes to: statistics, verdicts and levels, and verdicts in words."""
