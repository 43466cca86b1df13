"""Results: records joined with definitions, verdicts and published scores."""
