"""`make new`: one's own data, looked at and written down as a benchmark.

`flow` takes the request and leaves either a whole benchmark or nothing; `detection` says what kind
of data it is; `tables`, `series` and `images` look at it, each with a `draft` that leads through
and a `definition` that fills the template; `choices` decides protocol, metric and recipe.
"""
