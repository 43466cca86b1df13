"""The kinds of files people keep tables in, other than text: workbooks, JSON, archives, ARFF."""

from __future__ import annotations

import bz2
import datetime
import gzip
import io
import json
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.data.core.source import Corrupt
from benchmarks.data.own.arff import read_arff
from benchmarks.data.own.numerals import is_number

if TYPE_CHECKING:
    import pandas as pd

SHEETS = "save the sheet as CSV"
KINDS = {
    b"%PDF": "a PDF; export the table as CSV",
    b"SQLite format 3": "a SQLite database; export the table as CSV (sqlite3 -header -csv FILE "
    "'select * from TABLE' > table.csv)",
    b"\x89PNG": "a picture; for images give the folder that holds one folder a class",
    b"\xff\xd8\xff": "a picture; for images give the folder that holds one folder a class",
    b"\x89HDF": "an HDF5 file; convert it (pandas.read_hdf('FILE').to_parquet('table.parquet'))",
    b"\x93NUMPY": "a NumPy array; convert it "
    "(pandas.DataFrame(numpy.load('FILE')).to_parquet('table.parquet'))",
    b"MATLAB": "a MATLAB file; export the table as CSV (writetable(T, 'table.csv'))",
    b"$FL2": "an SPSS file; convert it (pandas.read_spss('FILE').to_parquet('table.parquet'), "
    "which needs pyreadstat)",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive; unpack it (unzstd FILE)",
    b"Obj\x01": "an Avro file; convert it to Parquet",
    b"RDX": "an R file; export the table (write.csv(DATA, 'table.csv', row.names = FALSE))",
    b"\x80\x04": "a Python pickle, which can run code when it is read; save the table as Parquet "
    "(table.to_parquet('table.parquet'))",
    b"\x80\x05": "a Python pickle, which can run code when it is read; save the table as Parquet "
    "(table.to_parquet('table.parquet'))",
}
"""Kinds of file that are not read, by their first bytes, each with the remedy."""
R_FILES = (b"X\n\x00\x00\x00", b"A\n2\n", b"A\n3\n")
PACKERS: dict[bytes, Callable[[io.BytesIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
TABULAR = re.compile(r"\.(csv|tsv|txt|data|tab|dat|json|jsonl|ndjson|parquet|xlsx|arff)$", re.I)


@dataclass(frozen=True)
class TypedTable:
    """A table whose file says where its cells are, header included."""

    rows: pd.DataFrame
    """Cells as text."""
    named: bool = True
    """Whether the names of the columns are known; else they stand in the first row."""
    types: dict[str, str] = field(default_factory=dict)
    """What the file says of columns: number, category, date, text."""
    remarks: tuple[str, ...] = ()
    member: str = ""


def unpack_table(
    content: bytes, name: str, member: str, fits: Callable[[int], None]
) -> tuple[bytes, str, tuple[str, ...]]:
    """The table in an archive, with its name there, and what there is to tell.

    `fits` raises Corrupt for a size that is too large. Raises Corrupt for archives that are
    damaged, hold no table, or several of which none is named.
    """
    for magic, opened in PACKERS.items():
        if content.startswith(magic):
            parts, size = [], 0
            try:
                with opened(io.BytesIO(content)) as file:
                    while part := file.read(1 << 24):
                        size += len(part)
                        fits(size)
                        parts.append(part)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise Corrupt(
                    f"{name} cannot be unpacked ({error})", "fetch the file again"
                ) from None
            inner = b"".join(parts)
            if inner[257:262] == b"ustar":
                raise Corrupt(
                    f"expected a table in {name}, received an archive; unpack it (tar xf FILE)"
                )
            return inner, re.sub(r"\.(gz|bz2|xz)$", "", name, flags=re.I), ()
    if not content.startswith(b"PK\x03\x04"):
        return content, name, ()
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise Corrupt(
            f"expected a table in {name}, received a zip archive or a workbook that cannot be read "
            f"({error})",
            "fetch the file again",
        ) from None
    inside = [one.filename for one in archive.infolist() if not one.is_dir()]
    if any(one.startswith("xl/") for one in inside):
        return content, name, ()
    if "content.xml" in inside:
        raise Corrupt(
            f"expected a table in {name}, received an OpenDocument sheet (.ods); {SHEETS} "
            "(libreoffice --convert-to csv FILE)"
        )
    tables = [
        one for one in inside if TABULAR.search(one) and "__MACOSX" not in one and not
        re.search(r"(^|/)(\.|readme)", one, re.I)
    ]  # fmt: skip
    if member in inside:
        tables = [member]
    if len(tables) != 1:
        held = ", ".join(repr(one) for one in (tables or inside)[:6])
        raise Corrupt(
            f"expected one table in {name}, found {len(tables)} in a zip archive: {held}",
            "unpack it (unzip FILE) and give the file that is meant",
        )
    fits(archive.getinfo(tables[0]).file_size)
    try:
        return archive.read(tables[0]), tables[0], (f"{tables[0]} of the archive {name}",)
    except (zipfile.BadZipFile, RuntimeError, zlib.error) as error:
        raise Corrupt(
            f"{name} cannot be unpacked ({error})", "unpack it and give the file"
        ) from None


def read_typed(content: bytes, name: str, member: str) -> TypedTable | None:
    """The table of a file that is no CSV; None for text. Raises Corrupt for what cannot be read."""
    ending = name.lower().rpartition(".")[2]
    if content.startswith(b"PAR1"):
        return _pandas(content, name, "Parquet", lambda pd, file: pd.read_parquet(file))
    if content.startswith(b"ARROW1"):
        return _pandas(content, name, "Feather", lambda pd, file: pd.read_feather(file))
    if content.startswith(b"ORC"):
        return _pandas(content, name, "ORC", lambda pd, file: pd.read_orc(file))
    if content.startswith(b"<stata_dta>") or (
        ending == "dta" and content[:1] in b"\x6e\x6f\x71\x72\x73"
    ):
        return _pandas(content, name, "Stata", lambda pd, file: pd.read_stata(file))
    if ending in ("sas7bdat", "xpt"):
        kind = "xport" if ending == "xpt" else "sas7bdat"
        return _pandas(
            content, name, "SAS", lambda pd, file: pd.read_sas(file, format=kind, encoding="utf-8")
        )
    if content.startswith(b"PK\x03\x04"):
        return workbook(content, name, member, "a workbook (.xlsx)", "openpyxl")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return workbook(content, name, member, "an old workbook (.xls)", "xlrd")
    for magic, kind in KINDS.items():
        if content.startswith(magic):
            raise Corrupt(f"expected a table in {name}, received {kind}")
    if content.startswith(R_FILES) and ending in ("rds", "rda", "rdata"):
        raise Corrupt(f"expected a table in {name}, received {KINDS[b'RDX']}")
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in b"[{" and start:
        found = from_json(content, name)
        if found is not None:
            return found
    if re.search(rb"(?im)^\s*@relation\b", content[: 1 << 16]):
        rows, types = read_arff(content, name)
        return TypedTable(rows, types=types)
    if start.startswith(b"<?xml"):
        raise Corrupt(f"expected a table in {name}, received XML; export it as CSV")
    if re.match(rb"[-+.\d]+(\s+\d+:[-+.\deE]+)+\s*(#.*)?\r?\n", start):
        raise Corrupt(
            f"expected a table in {name}, received sparse rows (LIBSVM); convert it "
            "(sklearn.datasets.load_svmlight_file, then pandas.DataFrame(x.toarray()).to_parquet)"
        )
    return None


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A typed table as cells of text, "" where a value is missing; rows are counted from 0."""
    return table.astype(str).mask(table.isna(), "").reset_index(drop=True)


def _pandas(
    content: bytes, name: str, kind: str, read: Callable[[Any, io.BytesIO], Any]
) -> TypedTable:
    import pandas as pd

    try:
        table = read(pd, io.BytesIO(content))
    except Exception as error:
        raise Corrupt(
            f"{name} cannot be read as {kind} ({error})", "fetch the file again, or save it as CSV"
        ) from None
    if not len(table):
        raise Corrupt(f"{name} has columns and no rows", "expected at least one row")
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    listed = [one for one in table.columns if table[one].dtype == object]
    table = table.assign(**{one: table[one].map(_cell) for one in listed}) if listed else table
    return TypedTable(as_text(table).apply(lambda column: column.str.strip()))


def workbook(content: bytes, name: str, member: str, kind: str, engine: Any) -> TypedTable:
    """The first sheet of a workbook that holds a table, or the one named."""
    import pandas as pd

    try:
        sheets = pd.read_excel(
            io.BytesIO(content), sheet_name=None, header=None, dtype=object, engine=engine
        )
    except Exception as error:
        raise Corrupt(
            f"expected a table in {name}, received {kind} that cannot be read ({error}); {SHEETS}"
        ) from None
    filled = {
        str(one): table.dropna(how="all").dropna(how="all", axis="columns")
        for one, table in sheets.items()
    }
    tables = [one for one, table in filled.items() if len(table) > 1 and table.shape[1] > 1]
    if member and member not in filled:
        raise Corrupt(
            f"expected a sheet {member!r} in {name}, found {', '.join(map(repr, filled))}", SHEETS
        )
    if not tables:
        raise Corrupt(f"expected a header and rows in a sheet of {name}, found none", SHEETS)
    chosen = member or tables[0]
    rows = filled[chosen].reset_index(drop=True).map(_cell)
    remarks = (f"sheet {chosen!r}",)
    if len(tables) > 1:
        others = ", ".join(repr(one) for one in tables if one != chosen)
        remarks = (
            f"! sheet {chosen!r} is read, and not {others}: save the one that is meant as CSV",
        )
    return TypedTable(rows, named=False, remarks=remarks, member=chosen if len(tables) > 1 else "")


def _cell(value: Any) -> str:
    """A cell of JSON or of a workbook as text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple) or type(value).__name__ == "ndarray":
        return "|".join(map(_cell, value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return str(value.date() if value.time() == datetime.time() else value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value).strip()
    return "" if text == "NaT" else text


def from_json(content: bytes, name: str) -> TypedTable | None:
    """JSON as people write tables: a list of objects, an object a line, columns, rows.

    None for text that only begins like JSON. Raises Corrupt for JSON that holds no table.
    """
    import pandas as pd

    text = content.decode("utf-8-sig", errors="replace").strip()
    try:
        value = json.loads(text)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            value = [json.loads(line) for line in lines]
        except ValueError:
            if name.lower().endswith((".json", ".jsonl", ".ndjson")):
                raise Corrupt(
                    f"{name} cannot be read as JSON ({error})", "fetch the file again"
                ) from None
            return None
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, list) for one in value):
        cells = pd.DataFrame(value).astype(object).map(_cell).astype("str")
        return TypedTable(cells, named=False)
    rows = _records(value)
    if rows is None:
        raise Corrupt(
            f"expected a list of objects in {name}, an object a line, or columns",
            "convert it to CSV, a row a line",
        )
    table = rows if isinstance(rows, pd.DataFrame) else pd.json_normalize(rows)
    if not len(table):
        raise Corrupt(f"{name} has no rows", "expected at least one row")
    table.columns = pd.Index([str(one) for one in table.columns])
    return TypedTable(table.astype(object).map(_cell).astype("str").reset_index(drop=True))


def _records(value: Any) -> Any:
    """A list of objects, or a table, out of the usual forms of JSON; None for others."""
    import pandas as pd

    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return value
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return pd.DataFrame(value["data"], columns=value["columns"])
    lists = len(value) > 1 and all(isinstance(one, list) for one in value.values())
    if lists and len({len(one) for one in value.values()}) == 1:
        return pd.DataFrame(value)
    if value and all(isinstance(one, dict) for one in value.values()):
        return pd.DataFrame({name: pd.Series(one) for name, one in value.items()})
    tables = [one for one in map(_records, value.values()) if one is not None]
    return tables[0] if len(tables) == 1 else None


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Place of the row that names the columns: the first with as many cells as most rows have."""
    filled = [sum(cell != "" for cell in row) for row in rows[:300]]
    usual = sorted(filled)[len(filled) // 2]
    for place, one in enumerate(filled):
        below = rows[place + 1] if place + 1 < len(rows) else ()
        # A line of notes may be one cell short; of a header, rows with numbers follow.
        if one >= max(2, usual) or (one >= max(2, usual - 1) and any(map(is_number, below))):
            return place
    return 0
