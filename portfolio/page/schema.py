"""The JSON Schema of `results.json`, made from its types.

`python -m portfolio.page.schema` writes it to where the build takes it from.
"""

from __future__ import annotations

import json
from pathlib import Path

from runners.results.types import Results

FILE = Path(__file__).with_name("results.schema.json")


def schema() -> str:
    """The schema as text; the docstrings of the fields are its descriptions."""
    from pydantic import ConfigDict, TypeAdapter

    # A TypedDict takes no configuration from outside, the list around it does.
    adapter = TypeAdapter(list[Results], config=ConfigDict(use_attribute_docstrings=True))
    parts = adapter.json_schema()
    # Docstrings are read of a class alone, not of the one it extends.
    scores = parts["$defs"]["Score"]["properties"]
    parts["$defs"]["MeasuredScore"]["properties"] |= scores
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": parts["items"]["$ref"],
        "$defs": parts["$defs"],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
