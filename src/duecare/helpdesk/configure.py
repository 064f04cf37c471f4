"""Configuration as code: a desk's fields, rules, policies and views are brought to what is wanted, and nothing else is touched.

What was made is remembered by key and number. Before an object is made, it is written down that it will be: if the answer
is lost, it is found by its name and made no second time. Somebody else's object of the same name is never taken.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from duecare.helpdesk.desk import Request, Response, Sender
from duecare.helpdesk.made import BEING_MADE, Made, Shelf
from duecare.helpdesk.objects import Configurable, Found, Wanted, apart, filled
from duecare.words import BadSettings, DeskTrouble, nearest

Action = Literal["create", "update", "delete", "adopt"]
TIMES = 5
"""So often an object is made of which the answer was lost, and which is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is to be done, or was."""

    action: Action
    kind: str
    key: str
    name: str
    says: str
    differs: tuple[str, ...] = ()
    """Of an update: what would be written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Something that Duecare made and somebody else changed or took away."""

    kind: str
    key: str
    name: str
    differs: tuple[str, ...]
    """What was changed; empty when it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What would be done to a desk, and what of it somebody else has changed."""

    steps: tuple[Step, ...]
    drift: tuple[Drift, ...]
    unchanged: int
    before: tuple[str, ...] = ()
    """Names of others' objects that are asked before Duecare's, where the first that fits is taken."""

    @property
    def hash(self) -> str:
        """A fingerprint of all that would be done."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()


@dataclass(slots=True, kw_only=True)
class Configuration:
    """A desk's configuration, and what carries requests to it."""

    desk: Configurable
    shelf: Shelf
    carrier: Sender
    ordered: tuple[str, ...] = ()
    """Kinds of which the desk takes the first that fits."""

    def look(self, wanted: Sequence[Wanted]) -> Layout:
        """Return what would be done, with nothing written.

        Raises:
            BadSettings: an object that somebody else made has the name of one that is to be made.
        """
        made = self.shelf.made()
        return self._laid(wanted, self._inventory(wanted, made), made)

    def apply(self, wanted: Sequence[Wanted]) -> Layout:
        """Do it, and return what was done; nothing is done where everything stands as it should.

        Raises:
            BadSettings: an object that somebody else made has the name of one that is to be made.
            DeskTrouble: the desk does not answer, or refuses; what was done is kept, and the next time goes on.
        """
        made = self.shelf.made()
        there = self._inventory(wanted, made)
        layout = self._laid(wanted, there, made)
        for one in wanted:
            self._bring(one, there, made)
        self._no_twins(wanted, made)
        self._take_away(wanted, there, made)
        return layout

    def numbers(self, kind: str, names: Iterable[str]) -> dict[str, str]:
        """Return the desk's numbers of others' objects, by name.

        Raises:
            BadSettings: one of them is not there.
        """
        there = {one.name: one.number for one in self._of(kind)}
        for name in names:
            if name not in there:
                near = nearest(name, list(there))
                raise BadSettings(
                    f"the desk has no {kind} called {name!r}", mend=f"write {' or '.join(near)}" if near else f"make that {kind} first"
                )
        return {name: there[name] for name in names}

    def _inventory(self, wanted: Sequence[Wanted], made: Mapping[str, Made]) -> dict[tuple[str, str], Found]:
        """What there is of the kinds that matter: a desk need not have the others."""
        matter = {one.kind for one in (*wanted, *made.values())}
        return {(one.kind, one.number): one for kind in self.desk.kinds if kind in matter for one in self._of(kind)}

    def _of(self, kind: str) -> list[Found]:
        found, cursor = list[Found](), ""
        while True:
            rows, cursor = self.desk.inventoried(kind, self._answered(self.desk.inventory(kind, cursor)))
            found += rows
            if not cursor:
                return found

    def _laid(self, wanted: Sequence[Wanted], there: Mapping[tuple[str, str], Found], made: Mapping[str, Made]) -> Layout:
        steps = [step for one in wanted if (step := self._step(one, there, made))]
        keys = {one.key for one in wanted}
        steps += [
            Step(action="delete", kind=one.kind, key=key, name=there[one.kind, one.number].name, says="nobody wants it any more")
            for key, one in made.items()
            if key not in keys and (one.kind, one.number) in there
        ]
        drift = [found for key, one in made.items() if one.number and (found := _drifted(key, one, there))]
        return Layout(
            steps=tuple(steps),
            drift=tuple(drift),
            unchanged=len(wanted) - sum(s.action != "delete" for s in steps),
            before=self._first(there, made),
        )

    def _step(self, one: Wanted, there: Mapping[tuple[str, str], Found], made: Mapping[str, Made]) -> Step | None:
        found = _found(one, there, made)
        if found is None:
            return Step(action="create", kind=one.kind, key=one.key, name=one.name, says=one.says)
        try:
            differs = apart(filled(one.body, _numbers(made)), found.body)
        except KeyError:  # it speaks of something that is still to be made
            differs = tuple(one.body)
        known = one.key in made and made[one.key].number == found.number
        action: Action = "update" if differs else "adopt"
        return (
            Step(action=action, kind=one.kind, key=one.key, name=one.name, says=one.says, differs=differs) if differs or not known else None
        )

    def _bring(self, one: Wanted, there: dict[tuple[str, str], Found], made: dict[str, Made]) -> None:
        """Make an object, or change it, and remember it."""
        found = _found(one, there, made) or self._made(one, there, made)
        body = filled(one.body, _numbers(made))
        if apart(body, found.body):
            self._answered(self.desk.update(found, body))
        said, proven = json.dumps(body, sort_keys=True, ensure_ascii=False), one.key in made and made[one.key].proven
        if made.get(one.key) != (now := Made(kind=one.kind, number=found.number, applied=said, under=found.under, proven=proven)):
            made[one.key] = now
            self.shelf.put(one.key, now)

    def _made(self, one: Wanted, there: dict[tuple[str, str], Found], made: dict[str, Made]) -> Found:
        """Make an object that is not there; where the answer is lost, look for it before it is made again."""
        made[one.key] = Made(kind=one.kind, number=BEING_MADE, applied="{}", under="")
        self.shelf.put(one.key, made[one.key])
        under = made[one.under].number if one.under else ""
        body = filled(one.body, _numbers(made))
        for _ in range(TIMES):
            response = self.carrier.once(self.desk.create(one, body, under))
            if response is not None and response.status < 300:
                number = self.desk.created(one, response, under)
                return Found(kind=one.kind, number=number, name=one.name, body=body, under=under)
            there |= {(other.kind, other.number): other for other in self._of(one.kind)}
            if found := _found(one, there, made):
                return found
            if response is not None:
                raise DeskTrouble(
                    f"the desk does not make {one.name!r} ({response.status})", mend="look whether the user may configure the desk"
                )
        raise DeskTrouble(
            f"the desk does not make {one.name!r}", mend="look whether it is up, then do this again: it goes on where it ended"
        )

    def _no_twins(self, wanted: Sequence[Wanted], made: dict[str, Made]) -> None:
        """Take away what a request that arrived twice has made a second time: when it was made, there was none of its name."""
        fresh = [one for one in wanted if not made[one.key].proven]
        now = [found for kind in dict.fromkeys(one.kind for one in fresh) for found in self._of(kind)]
        for one in fresh:
            known, body = made[one.key], filled(one.body, _numbers(made))
            for other in now:
                mine = (other.kind, other.name) == (one.kind, one.name) and (not one.under or other.under == known.under)
                twin = mine and other.number != known.number and not apart(body, other.body)
                request = self.desk.delete(other.kind, other.number, other.under) if twin else None
                if request is not None:
                    self.carrier.send(request)
            made[one.key] = replace(known, proven=True)
            self.shelf.put(one.key, made[one.key])

    def _take_away(self, wanted: Sequence[Wanted], there: Mapping[tuple[str, str], Found], made: Mapping[str, Made]) -> None:
        keys, order = {one.key for one in wanted}, {kind: at for at, kind in enumerate(self.desk.kinds)}
        for key, one in sorted(made.items(), key=lambda pair: -order[pair[1].kind]):
            if key in keys:
                continue
            request = self.desk.delete(one.kind, one.number, one.under) if (one.kind, one.number) in there else None
            if request is not None and (said := self.carrier.send(request)).status not in {200, 204, 404}:
                raise DeskTrouble(f"the desk does not take {key!r} away ({said.status})", mend="look whether something else uses it")
            self.shelf.forget(key)

    def _first(self, there: Mapping[tuple[str, str], Found], made: Mapping[str, Made]) -> tuple[str, ...]:
        """Others' objects that stand before ours."""
        ours = {(one.kind, one.number) for one in made.values()}
        last = {
            kind: max((there[which].place for which in ours if which in there and which[0] == kind), default=-1) for kind in self.ordered
        }
        new = {kind for kind in self.ordered if last[kind] < 0}
        return tuple(
            one.name
            for which, one in there.items()
            if one.kind in self.ordered and which not in ours and (one.kind in new or one.place < last[one.kind])
        )

    def _answered(self, request: Request) -> Response:
        response = self.carrier.send(request)
        if not 200 <= response.status < 300:
            raise DeskTrouble(
                f"the desk answers {response.status} to {request.method} {request.path}",
                mend="look whether the user may configure the desk",
            )
        return response


def _numbers(made: Mapping[str, Made]) -> dict[str, str]:
    return {key: one.number for key, one in made.items() if one.number}


def _found(one: Wanted, there: Mapping[tuple[str, str], Found], made: Mapping[str, Made]) -> Found | None:
    """The object of a want: by the number that is remembered, or by its name if it was about to be made.

    Raises:
        BadSettings: somebody else made one of that name.
    """
    known = made.get(one.key)
    if known is not None and (known.kind, known.number) in there:
        return there[known.kind, known.number]
    under = made[one.under].number if one.under in made else ""
    named = [
        other for other in there.values() if (other.kind, other.name) == (one.kind, one.name) and (not one.under or other.under == under)
    ]
    if not named:
        return None
    others = {(each.kind, each.number) for key, each in made.items() if key != one.key}
    mine = [other for other in named if (other.kind, other.number) not in others]
    if (known is None and not one.under) or not mine:  # what belongs to ours is ours
        raise BadSettings(
            f"the desk has a {one.kind} called {one.name!r} that Duecare did not make",
            mend="rename or remove it there; Duecare changes nothing of others",
        )
    return mine[0]


def _drifted(key: str, one: Made, there: Mapping[tuple[str, str], Found]) -> Drift | None:
    found = there.get((one.kind, one.number))
    if found is None:
        return Drift(kind=one.kind, key=key, name=key, differs=())
    applied: dict[str, Any] = json.loads(one.applied)
    differs = apart(applied, found.body)
    return Drift(kind=one.kind, key=key, name=found.name, differs=differs) if differs else None
