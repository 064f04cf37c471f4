"""Words: what people said of a customer, which no run overrules. Each has a number, a reason, a person and a moment; it ends, and is never deleted.

An override gives a tier until a day. A need is how somebody is to be served, never why. An objection refuses profiling. A hold keeps what law asks to be
kept. An appeal asks a person to look again, within a time. A parting is a person's decision to end the relation: nothing computes it, and it changes no tier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from duecare.identity.standing import resolve
from duecare.records import Book, record
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["override", "need", "objection", "hold", "appeal", "parting"]
NEEDS = ("more time", "plain words", "large print", "call back", "named contact", "interpreter", "safety")
"""How somebody may need to be served; a cause is nobody's business here."""
OUTCOMES = ("upheld", "partly", "refused")
MOST_DAYS = 366
"""An override lasts no longer than this; then a person looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How people's words count."""

    raise_to: str | None = None
    """The tier that a need raises to; none, when left out: the need is shown to whoever serves, and no tier moves."""
    appeal_days: int = 30
    """Within so many days an appeal is decided."""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that was said of a customer."""

    word: int
    kind: Kind
    customer_id: str
    value: str
    """The tier of an override, the need, what an appeal says; blank otherwise."""
    why: str
    said_by: str
    said_at: str
    until: str | None
    """To the instant; of an appeal, when it is to be decided. None for as long as nobody ends it."""
    ended_at: str | None
    ended_by: str | None
    outcome: str | None
    outcome_why: str | None


COLUMNS = tuple(Word.__dataclass_fields__)


def say(book: Book, kind: Kind, customer_id: str, value: str, *, why: str, by: str, at: datetime, until: datetime | None = None) -> Word:
    """Enter a word and return it.

    Raises:
        BadSettings: no reason or person is given, it ends before it begins, or an override lasts too long.
    """
    _check(kind, value, why, by, at, until)
    with book.write() as transaction:
        number = int(str(transaction.rows("SELECT coalesce(max(word), 0) + 1 FROM people_words")[0][0]))
        row = (
            number,
            kind,
            customer_id,
            value,
            why.strip(),
            by.strip(),
            at.isoformat(),
            until and until.isoformat(),
            None,
            None,
            None,
            None,
        )
        transaction.rows(f"INSERT INTO people_words ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", row)
        shown = {"value": value} if kind in {"override", "need"} else {}
        record(transaction, actor=by, kind=kind, detail={"word": number, "customer": customer_id, **shown}, at=at)
    return Word(*row)


def _check(kind: Kind, value: str, why: str, by: str, at: datetime, until: datetime | None) -> None:
    if not why.strip() or not by.strip():
        raise BadSettings(f"the {kind} gives no {'reason' if by.strip() else 'name of who says it'}", mend="say --why, and --by NAME")
    if until is not None and until <= at:
        raise BadSettings(f"the {kind} would end before it begins", mend="name a day to come after --until")
    if kind == "override" and (until is None or until > at + timedelta(days=MOST_DAYS)):
        raise BadSettings("an override ends within a year: then a person looks again", mend="say --until DAY")
    if kind == "need" and value not in NEEDS:
        near = nearest(value, NEEDS) or NEEDS
        raise BadSettings(f"{value!r} is none of the needs that are kept; a cause never is", mend=f"write {' or '.join(near)}")


def end(book: Book, number: int, *, by: str, at: datetime, outcome: str | None = None, why: str | None = None) -> Word:
    """End a word, an appeal with its outcome, and return it as it was.

    Raises:
        BadSettings: there is none of that number, or it has ended.
    """
    with book.write() as transaction:
        found = transaction.rows(f"SELECT {', '.join(COLUMNS)} FROM people_words WHERE word = ?", (number,))
        word = Word(*found[0]) if found else None  # pyright: ignore[reportArgumentType] - the columns are the fields
        if word is None or word.ended_at is not None:
            raise BadSettings(f"word {number} {'has ended already' if word else 'was never said'}", mend="duecare people list names them")
        if (word.kind == "appeal") != (outcome is not None):
            raise BadSettings(
                f"word {number} is {'an appeal' if outcome is None else 'no appeal'}",
                mend="duecare people decide, for an appeal; end, for all else",
            )
        sql = "UPDATE people_words SET ended_at = ?, ended_by = ?, outcome = ?, outcome_why = ? WHERE word = ?"
        transaction.rows(sql, (at.isoformat(), by, outcome, why, number))
        told = {"outcome": outcome} if outcome else {}
        record(transaction, actor=by, kind=f"{word.kind} ended", detail={"word": number, "customer": word.customer_id, **told}, at=at)
    return word


def words(book: Book, *, customers: Iterable[str] | None = None, kinds: Sequence[str] = ()) -> list[Word]:
    """Return what was said, the oldest first; of some customers, of some kinds."""
    rows = [Word(*row) for row in book.rows(f"SELECT {', '.join(COLUMNS)} FROM people_words ORDER BY word")]  # pyright: ignore[reportArgumentType]
    mine = None if customers is None else set(customers)
    return [one for one in rows if (mine is None or one.customer_id in mine) and (not kinds or one.kind in kinds)]


def holding(found: Iterable[Word], at: datetime) -> list[Word]:
    """Return those that count at a moment: said by then, not ended, and not over; one ends at the instant of its `until`."""
    return [
        one
        for one in found
        if datetime.fromisoformat(one.said_at) <= at
        and (one.ended_at is None or datetime.fromisoformat(one.ended_at) > at)
        and (one.kind == "appeal" or one.until is None or datetime.fromisoformat(one.until) > at)
    ]


def said_hash(book: Book, at: datetime) -> str:
    """Return a fingerprint of all that people said and that counts for planning at a moment."""
    now = [(one.word, one.ended_at) for one in holding(words(book, kinds=("override", "need", "objection")), at)]
    return sha256(repr(now).encode()).hexdigest() if now else ""


def held_by_law(book: Book, customer_id: str, at: datetime) -> bool:
    """Tell whether a hold keeps what is known of a customer."""
    return bool(holding(words(book, customers=[customer_id], kinds=("hold",)), at))


def spoken_of(book: Book, ranks: Mapping[str, int], terms: People, *, at: datetime) -> "Mapping[str, pa.Table]":
    """Return what planning needs: `overridden` (customer_id, rank, until), `needing` (customer_id, rank or none) and `refusing` (customer_id).

    Ids that were merged or parted since are followed. An override of one who was parted into several counts for nobody: a person looks again.
    """
    import pyarrow as pa

    now = holding(words(book, kinds=("override", "need", "objection")), at)
    led = {one.customer_id: resolve(book, one.customer_id) or [one.customer_id] for one in now}
    given = {
        led[one.customer_id][0]: one for one in now if one.kind == "override" and one.value in ranks and len(led[one.customer_id]) == 1
    }
    needing = sorted({who for one in now if one.kind == "need" for who in led[one.customer_id]})
    refusing = sorted({who for one in now if one.kind == "objection" for who in led[one.customer_id]})
    raised = ranks.get(terms.raise_to or "")
    text, whole = pa.string(), pa.int32()
    return {
        "overridden": pa.table(
            {
                "customer_id": pa.array(list(given), text),
                "rank": pa.array([ranks[one.value] for one in given.values()], whole),
                "until": pa.array([str(one.until)[:10] for one in given.values()], text),
            }
        ),
        "needing": pa.table({"customer_id": pa.array(needing, text), "rank": pa.array([raised] * len(needing), whole)}),
        "refusing": pa.table({"customer_id": pa.array(refusing, text)}),
    }
