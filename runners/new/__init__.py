"""`make new`: one's own data, looked at and written down as a benchmark.

`flow` takes the request and leaves either a whole benchmark or nothing; `origin` sees what the
data is, `look` and `suspects` what is in a table, `choices` decides by it, and `rendering` writes
Python as ruff would.
"""
