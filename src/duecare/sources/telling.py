"""Telling: which headers of a table of people are which column, and which one numbers its records.

Somebody says it, or it is found as `init` finds it; and beyond what the contract knows, whatever
else identifies a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duecare.sources.contract import PEOPLE
from duecare.sources.headers import words_of
from duecare.sources.matching import match
from duecare.sources.sampling import Sample
from duecare.words import BadSettings, nearest

NAMES = ("name", "given_name", "family_name", "city")
"""Columns in which words such as `none` may be meant: a person may be called Null."""

TELLING = (*NAMES, "email", "phone", "street", "postcode", "birth_date", "loyalty_id", "username", "social_handle")
"""Columns that tell people apart."""

MAPPED = (*TELLING, "country")
"""Columns that are read; the country tells how telephone numbers are dialled."""

ALSO: Mapping[str, tuple[str, ...]] = {
    "loyalty_id": (
        "soc sec",
        "social security",
        "ssn",
        "national id",
        "passport",
        "personal number",
        "identity number",
        "insurance number",
    ),
    "birth_date": ("birth date", "birthdate", "date of birth", "dob", "birthday", "born", "year of birth", "birth year", "geburtsdatum"),
    "city": ("birth place", "birthplace", "place of birth", "geburtsort"),
}
"""What identifies a person though `init` would not take it, by the words of its header, and the column that it is compared as."""

HOUSE = ("street number", "street no", "house number", "house no", "housenumber", "hausnummer", "hausnr", "number of house")
"""Headers of the number that belongs to a street."""

JOINED = " + "
"""Stands between headers that make one column together: `street_number + street`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which headers are what."""

    columns: Mapping[str, str]
    id_column: str | None
    said: bool
    """Whether somebody said that it is the id, so that it is one even where it comes twice."""


def tell(one: Sample, id_column: str | None, columns: Mapping[str, str] | None) -> Meant:
    """Say what the headers of a file mean.

    Args:
        one: its beginning.
        id_column: the header of the record's id, where somebody says it.
        columns: column of the contract -> header, or several joined by `+`, where somebody says it.

    Raises:
        BadSettings: there is no such header or column, or no header tells people apart.
    """
    found = match(PEOPLE, one.headers, one.seen, frozenset())
    chosen = _told(found.mapped, one) if columns is None else {_column(name): _header(said, one) for name, said in columns.items()}
    if not set(chosen) & set(TELLING):
        raise BadSettings(
            f"no header of {one.inner} tells people apart: {', '.join(one.headers[:12])}",
            mend="say what is what: --map given_name=HEADER,family_name=HEADER,birth_date=HEADER",
            looked=(str(one.file.path),),
        )
    if id_column is not None:
        return Meant(columns=chosen, id_column=_header(id_column, one), said=True)
    return Meant(columns=chosen, id_column=_id(one.headers, found.mapped, set(chosen.values())), said=False)


def _told(mapped: Mapping[str, str], one: Sample) -> dict[str, str]:
    """The columns as `init` finds them, and what else identifies a person here."""
    told = {name: header for name, header in mapped.items() if name in MAPPED}
    free = [header for header in one.headers if header not in mapped.values()]
    for name, words in ALSO.items():
        if name not in told and (header := _worded(free, words)) is not None:
            told[name] = header
    if "street" in told and (number := _worded(free, HOUSE)) is not None:
        told["street"] = JOINED.join([number, told["street"]])
    return told


def _worded(headers: Sequence[str], phrases: Sequence[str]) -> str | None:
    """The first header that says one of the *phrases*."""
    said = {header: f" {' '.join(words_of(header))} " for header in headers}
    return next((header for header, words in said.items() if any(f" {phrase} " in words for phrase in phrases)), None)


def _id(headers: Sequence[str], mapped: Mapping[str, str], taken: set[str]) -> str | None:
    """The header of the id: what `init` takes for the person's number, with the system where that is told too."""
    number = mapped.get("source_id")
    if number is None or number in taken:
        return None
    own = next((header for header in headers if (header.casefold(), number.casefold()) == ("source", "source_id")), None)
    system = mapped.get("source", own)
    return number if system is None or system in taken else JOINED.join([system, number])


def _column(name: str) -> str:
    """Return a column of the contract as it is written there."""
    if name in MAPPED:
        return name
    near = nearest(name, MAPPED)
    mend = f"did you mean {' or '.join(near)}" if near else f"write one of {', '.join(MAPPED)}"
    raise BadSettings(f"people have no column {name!r} to be linked by", mend=mend)


def _header(said: str, one: Sample) -> str:
    """Return a header as the file has it, or several that are joined."""
    known = {header.casefold(): header for header in one.headers}
    if (whole := known.get(" ".join(said.split()).casefold())) is not None:
        return whole
    parts = [known.get(" ".join(part.split()).casefold()) for part in said.split("+")]
    if len(parts) > 1 and None not in parts:
        return JOINED.join(part for part in parts if part)
    lost = next(part.strip() for part, header in zip(said.split("+"), parts, strict=True) if header is None)
    near = nearest(lost, one.headers)
    mend = f"did you mean {' or '.join(map(repr, near))}" if near else f"write one of {', '.join(map(repr, one.headers[:30]))}"
    raise BadSettings(f"{one.inner} has no column {lost!r}", mend=mend, looked=(str(one.file.path),))
