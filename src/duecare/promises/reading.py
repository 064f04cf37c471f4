"""Reading a calendar as JSON or TOML says it, with an error for whatever cannot be meant."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

from duecare.promises.hours import DAYS, Hours, Schedule, Version, Week, read_hours
from duecare.promises.zones import zone
from duecare.words import BadSettings, nearest

KEYS = ("tz", "weekly", "holidays", "public_holidays", "overrides", "breaks", "versions")


def read_calendar(said: object) -> tuple[ZoneInfo, Schedule]:
    """Return the zone and the schedule of a calendar.

    Raises:
        BadSettings: a key is unknown or lacking, or what it says cannot be.
    """
    words = _words(said, KEYS, "the calendar")
    if "tz" not in words or "weekly" not in words:
        raise BadSettings(
            "the calendar lacks its tz or its weekly hours",
            mend='write at least {"tz": "Europe/Paris", "weekly": {"mon": [["09:00", "17:00"]]}}',
        )
    versions = [Version(date.min, _week(words["weekly"], "weekly")), *_versions(words.get("versions", ()))]
    schedule = Schedule(
        versions=tuple(versions),
        holidays=frozenset(_date(day, "holidays") for day in _list(words.get("holidays", ()), "holidays")),
        public=_public(words.get("public_holidays")),
        overrides={
            _date(day, "overrides"): read_hours(hours, day) for day, hours in _words(words.get("overrides", {}), None, "overrides").items()
        },
        breaks={
            _date(day, "breaks"): read_hours(hours, f"the break of {day}", touching=False)
            for day, hours in _words(words.get("breaks", {}), None, "breaks").items()
        },
    )
    return zone(str(words["tz"])), schedule


def public_holidays(where: str) -> Any:  # noqa: ANN401 - the package's own container of dates
    """Return the public holidays of a country, or of a part of it, as a container of dates.

    Args:
        where: ISO 3166 code of a country, or of a part of it: "DE", "DE-BY".

    >>> date(2026, 12, 25) in public_holidays("DE-BY")
    True
    """
    import holidays

    country, _, part = where.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise BadSettings(
            f"the public holidays of {where!r} are not known", mend="write a code as DE or DE-BY, or list the holidays"
        ) from None


def _public(where: object) -> Any:  # noqa: ANN401 - a container of dates
    return frozenset[date]() if where is None else public_holidays(str(where))


def _versions(said: object) -> list[Version]:
    made = [_version(one) for one in _list(said, "versions")]
    made.sort(key=lambda version: version.first)
    for one, other in pairwise(made):
        if one.first == other.first:
            raise BadSettings(f"two versions of the calendar begin on {one.first.isoformat()}", mend="keep one of them")
    return made


def _version(said: object) -> Version:
    words = _words(said, ("from", "weekly"), "a version of the calendar")
    if set(words) != {"from", "weekly"}:
        raise BadSettings(
            "a version of the calendar lacks its from or its weekly hours", mend='write {"from": "2026-06-01", "weekly": {...}}'
        )
    return Version(_date(words["from"], "versions"), _week(words["weekly"], f"the version from {words['from']}"))


def _week(said: object, where: str) -> Week:
    words = _words(said, DAYS, f"the days of {where}")
    return tuple(_hours(words, day, where) for day in DAYS)


def _hours(words: Mapping[str, Any], day: str, where: str) -> Hours:
    return read_hours(words[day], f"{day} in {where}") if day in words else ()


def _words(said: object, known: Sequence[str] | None, where: str) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise BadSettings(f"{where} is no table of names and values: {said!r}", mend="write it as in docs/promises.md")
    words = {str(key): value for key, value in cast("Mapping[object, Any]", said).items()}
    for word in words:
        if known is not None and word not in known:
            near = nearest(word, known)
            raise BadSettings(f"{where} has no {word!r}", mend=f"did you mean {near[0]}" if near else f"it has {', '.join(known)}")
    return words


def _list(said: object, where: str) -> Sequence[Any]:
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise BadSettings(f"{where} of the calendar is no list: {said!r}", mend="write it in square brackets")
    return cast("Sequence[Any]", said)


def _date(said: object, where: str) -> date:
    if isinstance(said, date) and not isinstance(said, datetime):
        return said
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise BadSettings(f"{said!r} in {where} of the calendar is no date", mend="write it as 2026-12-25") from None
