"""`make new`: a benchmark made of one's own data.

`flow` takes the request and leaves either a whole benchmark or nothing; `detection` says what kind
of data it is; `tables`, `series` and `images` look at it, each with a `draft` that leads through
and a `definition` that fills the template; `choices` decides protocol, metric and recipe.
"""
