"""How written times are read: the forms, and how a whole column decides which one it is.

Day and month cannot be told apart on one value, so the column decides: a value above 12 names
the day. Where none is, the order is assumed and the assumption is said. A time without a zone
stands in the zone of the input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Order = Literal["day first", "month first"]

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_ZONE = r"(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_HALF = r"(?: ?[AaPp]\.?[Mm]\.?)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +)?"
SLASHED = r"\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})"

LATEST, EARLIEST = "2200-01-01", "1850-01-01"
"""Times outside are no times: a year of two digits that was read as it stands, a typing fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a time."""

    name: str
    pattern: str
    """Regular expression of the whole text."""
    sql: str
    """Reads the text `{x}`: a naive TIMESTAMP, or one with a zone when `zoned`."""
    zoned: bool = False


def _clocks(*, half: bool) -> tuple[str, ...]:
    if half:
        return (" %I:%M:%S %p", " %I:%M %p", " %I:%M:%S%p", " %I:%M%p")
    return ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f")


def _formats(days: Sequence[str], *, half: bool = False, tail: str = "") -> str:
    return ", ".join(f"'{day}{clock}{tail}'" for day in days for clock in _clocks(half=half))


def _slashed(order: Order) -> tuple[Form, ...]:
    day = "%d/%m/" if order == "day first" else "%m/%d/"
    date = r"regexp_replace(regexp_replace({x}, '^(\d+)[.-](\d+)[.-]', '\1/\2/'), '^(\S+?)[ T,]+', '\1 ')"
    neat = rf"upper(regexp_replace({date}, '([AaPp])\.?([Mm])\.?', '\1\2'))"
    return tuple(
        Form(
            name=f"slashed{'' if long else ' short'}{' half' if half else ''}",
            pattern=rf"\d{{1,2}}[/.\-]\d{{1,2}}[/.\-]\d{{{4 if long else 2}}}"
            + (rf"[ T,]+{_CLOCK}{_HALF}" if half else rf"(?:[ T,]+{_CLOCK})?"),
            sql=f"try_strptime({neat}, [{_formats((day + ('%Y' if long else '%y'),), half=half)}])",
        )
        for long in (True, False)
        for half in (False, True)
    )


_WORDED_DAYS = ("%d %b %y", "%d %b %Y", "%b %d %Y", "%d %B %Y", "%B %d %Y", "%Y %b %d")
_WORDED = (
    r"regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(lower({x}), 'sept ', 'sep '), '^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +', ''), "
    r"'(\d)(st|nd|rd|th)\b', '\1'), '([a-z0-9])[-/.,]+ *(at )?([a-z0-9])', '\1 \3', 'g'), '([a-z])[-/.,]+ *([0-9])|,? +(at )?', '\1 \2', 'g')"
)
_WORDED_PATTERN = rf"(?i){_WEEKDAY}(?:\d{{1,2}}(?:st|nd|rd|th)?[ \-/.]+{_MONTH}[ \-/,.]+\d{{2,4}}|{_MONTH}[ \-/.]+\d{{1,2}}(?:st|nd|rd|th)?[ ,\-/.]+\d{{4}})"

ISO = r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]+" + _CLOCK + ")?"
_DASHED = r"regexp_replace({x}, '^(\d+)[/.](\d+)[/.]', '\1-\2-')"

FIXED: tuple[Form, ...] = (
    Form(name="iso", pattern=ISO, sql="try_cast({x} AS TIMESTAMP)"),
    Form(name="iso slashed", pattern=ISO.replace("-", "[/.]"), sql=f"try_cast({_DASHED} AS TIMESTAMP)"),
    Form(
        name="iso zoned",
        pattern=rf"\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}[T ]+{_CLOCK} *{_ZONE}",
        sql=rf"try_cast(regexp_replace(replace({_DASHED}, 'GMT', 'UTC'), '([0-9]) +([+-])', '\1\2') AS TIMESTAMPTZ)",
        zoned=True,
    ),
    Form(
        name="iso half",
        pattern=rf"\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}} +{_CLOCK}{_HALF}",
        sql=f"try_strptime(upper({_DASHED}), [{_formats(('%Y-%m-%d',), half=True)}])",
    ),
    Form(name="epoch", pattern=r"\d{9,10}(?:\.\d+)?", sql="to_timestamp(try_cast({x} AS DOUBLE))", zoned=True),
    Form(name="epoch ms", pattern=r"\d{12,13}", sql="make_timestamptz(try_cast({x} AS BIGINT) * 1000)", zoned=True),
    Form(name="epoch us", pattern=r"\d{15,16}", sql="make_timestamptz(try_cast({x} AS BIGINT))", zoned=True),
    Form(  # of 1900 to 2099 alone: eight digits of other centuries are rather a number
        name="compact",
        pattern=r"(?:19|20)\d{6}(?:T?\d{6}|T?\d{4})?",
        sql="try_strptime(replace({x}, 'T', ''), ['%Y%m%d', '%Y%m%d%H%M%S', '%Y%m%d%H%M'])",
    ),
    Form(name="compact zoned", pattern=r"(?:19|20)\d{6}T\d{6}Z", sql="try_strptime({x}, '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'", zoned=True),
    Form(
        name="excel",
        pattern=r"[2-7]\d{4}(?:\.\d+)?",
        sql="(TIMESTAMP '1899-12-30 00:00:00' + to_seconds(CAST(round(try_cast({x} AS DOUBLE) * 86400) AS BIGINT)))",
    ),
    Form(name="worded", pattern=rf"{_WORDED_PATTERN}(?:,? +(?:at )?{_CLOCK})?", sql=f"try_strptime({_WORDED}, [{_formats(_WORDED_DAYS)}])"),
    Form(
        name="worded half",
        pattern=rf"{_WORDED_PATTERN},? +(?:at )?{_CLOCK}{_HALF}",
        sql=f"try_strptime({_WORDED}, [{_formats(_WORDED_DAYS, half=True)}])",
    ),
    Form(
        name="worded zoned",
        pattern=rf"{_WORDED_PATTERN},? +(?:at )?{_CLOCK} +(?:GMT|UTC|Z|\+0000|\+00:00)",
        sql=f"try_strptime(regexp_replace({_WORDED}, ' +(gmt|utc|z|\\+0000|\\+00:00)$', ''), [{_formats(_WORDED_DAYS)}]) AT TIME ZONE 'UTC'",
        zoned=True,
    ),
    Form(
        name="worded offset",
        pattern=rf"{_WORDED_PATTERN},? +(?:at )?\d{{1,2}}:\d{{2}}:\d{{2}} +[+-]\d{{4}}",
        sql=f"try_strptime({_WORDED}, [{', '.join(repr(day + ' %H:%M:%S %z') for day in _WORDED_DAYS)}])",
        zoned=True,
    ),
)


def forms(order: Order) -> tuple[Form, ...]:
    """Return every form, with the slashed ones in *order*."""
    return (*FIXED, *_slashed(order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What a column of written times shows of itself."""

    given: int
    """Values that are not empty."""
    counts: Mapping[str, int]
    """Values of each form."""
    first_above_12: int = 0
    second_above_12: int = 0
    half_days: bool = False
    """Whether some slashed times bear am or pm."""
    dotted: bool = False
    """Whether the slashed ones are written with dots, as only lands with the day first do."""


def decide_order(witness: Witness, hint: Order | None = None) -> tuple[Order, bool]:
    """Return the order of day and month, and whether it is only assumed.

    >>> decide_order(Witness(given=2, counts={}, first_above_12=1))
    ('day first', False)
    >>> decide_order(Witness(given=2, counts={}, half_days=True))
    ('month first', True)
    """
    if witness.first_above_12 != witness.second_above_12:
        return ("day first" if witness.first_above_12 > witness.second_above_12 else "month first"), False
    if hint is not None:
        return hint, False
    if witness.dotted:
        return "day first", False
    return ("month first" if witness.half_days else "day first"), True


def time_sql(x: str, present: Sequence[Form], *, whole: bool, zone: str | None, stated: str | None = None) -> str:
    """Return SQL that reads text *x* as an instant, null when it is no time.

    Args:
        x: SQL of the text.
        present: the forms that occur in the column.
        whole: whether they cover it, so that one form alone needs no test of each value.
        zone: SQL of the zone for times without one; UTC when None.
        stated: SQL of a strptime form that is tried before all others.
    """
    cases = [(form.pattern, _instant(form, x, zone)) for form in present]
    if stated is None and whole and len(cases) == 1:
        return within(cases[0][1])
    tests = " ".join(f"WHEN regexp_full_match({x}, '{pattern}') THEN {sql}" for pattern, sql in cases)
    other = f"CASE {tests} END" if tests else "NULL"
    first = placed(f"try_cast(try_strptime({x}, {stated}) AS TIMESTAMP)", zone) if stated else ""
    return within(f"coalesce({first}, {other})" if stated else f"({other})")


def placed(naive: str, zone: str | None) -> str:
    """Return SQL of the instant that a time without a zone is in *zone*; the engine itself stands in UTC."""
    return f"CAST({naive} AS TIMESTAMPTZ)" if zone is None else f"(({naive}) AT TIME ZONE {zone})"


def _instant(form: Form, x: str, zone: str | None) -> str:
    sql = form.sql.replace("{x}", x)
    return f"({sql})" if form.zoned else placed(sql, zone)


def within(sql: str) -> str:
    """Return SQL of an instant, null when it is too far away to be meant."""
    return f"(CASE WHEN {sql} >= TIMESTAMPTZ '{EARLIEST} 00:00:00+00' AND {sql} < TIMESTAMPTZ '{LATEST} 00:00:00+00' THEN {sql} END)"
