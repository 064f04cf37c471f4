"""What commands on single files share: what is mapped to what, where the result may go, and writing it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".csv", ".parquet")


def read_mapping(said: Sequence[str]) -> dict[str, str] | None:
    """Read `--map`: pairs of a column of the contract and a header, parted by commas.

    >>> read_mapping(["given_name=first,birth_date=dob", "street=No + Street"])
    {'given_name': 'first', 'birth_date': 'dob', 'street': 'No + Street'}
    """
    pairs = [pair.partition("=") for text in said for pair in text.split(",") if pair.strip()]
    if wrong := next((column for column, sign, header in pairs if not (sign and column.strip() and header.strip())), None):
        raise BadSettings(f"--map says {wrong.strip()!r} and no header for it", mend="write COLUMN=HEADER, as in given_name=first_name")
    return {column.strip(): header.strip() for column, _, header in pairs} or None


def refuse_endings(out: Path) -> None:
    """Refuse a file whose ending does not say how to write it."""
    if out.suffix.lower() not in ENDINGS:
        raise BadSettings(f"--out {out} is neither CSV nor Parquet", mend=f"let it end in {' or '.join(ENDINGS)}")


def refuse_place(option: str, place: Path | None, file: Path, what: str) -> None:
    """Refuse, before anything is read, a place where nothing can be written, or where the data themselves are.

    Args:
        option: how the place was named.
        place: where to write.
        file: what is read.
        what: what the file holds, as "the people".
    """
    if place is None:
        return
    if not place.absolute().parent.is_dir():
        raise BadSettings(f"the folder of {option} is not there", mend=f"mkdir -p {place.parent}", looked=(str(place.absolute().parent),))
    if place.is_dir():
        raise BadSettings(f"{option} {place} is a folder", mend=f"name a file in it, as {place / 'result.csv'}")
    if place.exists() and file.exists() and place.samefile(file):
        raise BadSettings(f"{option} {place} is the file of {what}, and would be written over", mend="name another file")


def write_table(rows: "pa.Table", out: Path) -> None:
    """Write the rows by the ending of *out*, beside their place first."""
    import pyarrow.csv
    import pyarrow.parquet

    fresh = out.with_name(f".{out.name}.new")
    if out.suffix.lower() == ".csv":
        pyarrow.csv.write_csv(rows, fresh)
    else:
        pyarrow.parquet.write_table(rows, fresh, compression="zstd")
    fresh.replace(out)
