"""Reads event segments with pyarrow and DuckDB, and compares them with what the store says.

    python read_segments.py FOLDER EXPECTED.jsonl

EXPECTED holds one event a line, as the store answers it. Exit code 0: both engines read the same.
"""

import datetime
import json
import pathlib
import sys

import duckdb
import pyarrow.parquet as parquet

folder, expected_path = map(pathlib.Path, sys.argv[1:])
columns = "sequence code source actor verb resource subresource namespace name source_ip user_agent id raw".split()


def micros(time):
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (time - epoch) // datetime.timedelta(microseconds=1)


expected = []
for line in expected_path.read_text().splitlines():
    stored = json.loads(line)
    event = stored["event"]
    time = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    expected.append((micros(time), stored["sequence"], *(event[name] for name in columns[1:])))
expected.sort(key=lambda row: row[1])

rows = []
for path in sorted(folder.glob("*/*.parquet")):
    table = parquet.ParquetFile(path).read()
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]", table.schema
    for row in table.to_pylist():
        rows.append((micros(row["time"]), *(row[name] for name in columns)))
rows.sort(key=lambda row: row[1])
assert rows == expected, "pyarrow reads something else"

chosen = ", ".join(columns)
query = f"select epoch_us(time), {chosen} from read_parquet('{folder}/*/*.parquet') order by sequence"
assert duckdb.sql(query).fetchall() == expected, "DuckDB reads something else"
print(f"{len(rows)} events: pyarrow {parquet.core.pa.__version__} and DuckDB {duckdb.__version__} agree with the store")
