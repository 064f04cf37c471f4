"""The directory: everybody who can be found, in the published index and attached since.

What came after the run lives in memory alone: who attaches records again after a restart gets
the same answer, for the ledger knows them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from duecare.identity.blocks import IDENTIFIERS, Block
from duecare.identity.clean import forms_of
from duecare.identity.facing import MAY_BE_COMMON, commonly, face_of
from duecare.identity.levels import Face, text_of
from duecare.identity.model import Model
from duecare.records import Index

FLAGS = ("given_known", "email_common", "phone_common", "loyalty_common")

MOST = 200
"""So many records are weighed for one contact, those first whom the rarest words lead to."""

MOST_LOGINS = 20
SHORTEST_LOGIN = 5
"""As `pairing` has them."""

Word: TypeAlias = tuple[str, ...]
"""The name of some keys, and the words that are looked for among them."""


def keys_of(block: Block) -> str:
    """Return the name of a block's keys in the index.

    >>> keys_of(("given", "family"))
    'block_given_family'
    """
    return f"block_{'_'.join(block)}"


@dataclass(slots=True)
class Directory:
    """The published index with what was attached since."""

    index: Index
    model: Model | None
    matched_by: tuple[Block, ...]
    """Blocks by which the run brought records together."""
    looked_in: tuple[Block, ...]
    records: int
    """How many records the index has, numbered from 0; those attached since follow."""
    faces: int
    said: Mapping[str, int]
    """How many records say a given name, a family name, a city."""
    country: str | None
    fresh: list[Face] = field(default_factory=list[Face])
    _fresh_of: list[str] = field(default_factory=list[str])
    _fresh_at: dict[Word, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, index: Index) -> "Directory":
        """Open the identities of a published index."""
        facts = index.facts["identity"]
        matched_by, looked_in = (tuple(tuple(block) for block in facts[name]) for name in ("matched_by", "looked_in"))
        model = Model.from_json(facts["model"]) if facts["model"] else None
        said = facts["said"]
        return cls(index, model, matched_by, looked_in, facts["records"], said["faces"], said, facts["terms"]["country"])

    def face(self, record: int) -> Face:
        """Return a record as the matching sees it."""
        if record >= self.records:
            return self.fresh[record - self.records]
        row: dict[str, Any] = dict(self.index.row("faces", record))
        for flag in FLAGS:
            row[flag] = row[flag] == "true"
        row["login"] = row["email"].split("@")[0] if row["email"] else None
        row["given_forms"] = forms_of(row["given"]) if row["given"] else None
        return row

    def face_of(self, said: Mapping[str, object]) -> dict[str, Any]:
        """Return what somebody says as the matching would see it, with whether their identifiers may be a home's."""
        face = face_of(self.index, said, self.country)
        for column in MAY_BE_COMMON:
            face[f"{column}_common"] = bool(face[column]) and commonly(face, column, self.bearers(face, column))
        return face

    def bearers(self, face: Face, column: str) -> list[Face]:
        """Return the faces of all who bear the identifier that *face* says in a column."""
        value = text_of(face, column)
        faces = (self.face(record) for record in self._found((column, value), MOST))
        return [one for one in faces if one.get(column) == value]

    def bearers_by_identifier(self, face: Face) -> list[set[str]]:
        """Return for each identifier that *face* says the customers who bear it, a log-in by whatever name they have it."""
        words = [[(column, text_of(face, column))] for column in ("email", "phone", "loyalty") if face.get(column)]
        names = sorted({text_of(face, column) for column in ("username", "handle", "login")} - {""})
        words += [[(place, name) for place in ("username", "handle", "login")] for name in names]
        return [{self.customer(record) for word in told for record in self._found(word, MOST)} for told in words]

    def candidates(self, face: Face, most: int = MOST) -> list[int]:
        """Return at most so many records who could be the same person, in their order."""
        found: set[int] = set()
        for many, word in sorted((self._count(word), word) for word in self._words(face)):
            if len(found) + many <= most:
                found.update(self._found(word, most))
        return sorted(found)

    def met(self, a: Face, b: Face) -> bool:
        """Tell whether the run's blocks would have brought two records together."""
        blocks = any(all(a.get(column) is not None and a.get(column) == b.get(column) for column in block) for block in self.matched_by)
        return blocks or self._across(a, b) or self._across(b, a)

    def bearing(self, column: str, value: str) -> int:
        """Return how many records bear a given name, a family name, a city."""
        return sum(self.index.find(f"bearers_{column}", value)) + sum(one.get(column) == value for one in self.fresh)

    def customer(self, record: int) -> str:
        """Return the customer of a record, as the run had it or as it was attached."""
        if record >= self.records:
            return self._fresh_of[record - self.records]
        return str(self.index.row("customers", self.index.numbers("customer_of")[record])["customer_id"])

    def members(self, customer_id: str) -> list[int]:
        """Return the records of a customer, in order."""
        fresh = [self.records + at for at, name in enumerate(self._fresh_of) if name == customer_id]
        if not (number := self.index.find("customer", customer_id)):
            return fresh
        begin, end = self.index.numbers("members_from")[number[0] : number[0] + 2].tolist()
        return sorted(self.index.numbers("members")[begin:end].tolist()) + fresh

    def enter(self, face: Face, customer_id: str) -> int:
        """Let a record be found from now on, as one of a customer's; return its number."""
        self.fresh.append(face)
        self._fresh_of.append(customer_id)
        number = self.records + len(self.fresh) - 1
        for word in {*self._words(face), *_own_words(face)}:
            self._fresh_at[word].append(number)
        return number

    def _words(self, face: Face) -> Iterator[Word]:
        """The words by which the records are looked up that could be this person's."""
        yield from _own_words(face)
        for block in self.looked_in:
            values = [text_of(face, column) for column in block]
            if all(values):
                yield (keys_of(block), *values)
        names = {text_of(face, column) for column in ("username", "handle")} - {""}
        login = text_of(face, "login")
        for name in sorted(names | ({login} if len(login) >= SHORTEST_LOGIN else set())):
            places = ("username", "handle", "login") if name in names else ("username", "handle")
            if sum(self._count((place, name)) for place in ("username", "handle", "login")) <= MOST_LOGINS:
                yield from ((place, name) for place in places)

    def _count(self, word: Word) -> int:
        return (self.index.count(*word) if self.index.has(word[0]) else 0) + len(self._fresh_at.get(word, ()))

    def _found(self, word: Word, most: int) -> list[int]:
        held = self.index.find(*word, most=most) if self.index.has(word[0]) else []
        return held + self._fresh_at.get(word, [])

    def _across(self, a: Face, b: Face) -> bool:
        names, login = {text_of(a, column) for column in ("username", "handle")} - {""}, text_of(b, "login")
        return bool(names & {text_of(b, "username"), text_of(b, "handle"), login if len(login) >= SHORTEST_LOGIN else ""})


def _own_words(face: Face) -> Iterable[Word]:
    login: Sequence[Word] = [("login", text_of(face, "login"))] if len(text_of(face, "login")) >= SHORTEST_LOGIN else []
    return [(column, text_of(face, column)) for column in IDENTIFIERS if face.get(column)] + [*login]
