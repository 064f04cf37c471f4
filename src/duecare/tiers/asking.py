"""Asking: the two questions that a condition may put, each answered by a column of ones and zeros of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from duecare.tiers.facts import ORDERED
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

QUESTIONS = {"ordered_since": "ordered_since('brand', 'X', DATE '2026-01-01')", "in_segment": "in_segment('Y')"}
"""What may be asked, and how it is written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that tables answer."""

    kind: str
    """`ordered_since`, or `static` for a segment that was frozen."""
    of: str
    """A dimension of orders, or a segment's name."""
    value: str
    """Which brand, product ...; or the segment's condition."""
    since: str = ""
    """The first day that counts."""

    @classmethod
    def of_static(cls, name: str, when: str) -> "Asked":
        return cls("static", name, when)

    @property
    def column(self) -> str:
        """The column that answers it: a name that every engine takes."""
        return "asked_" + sha256(repr((self.kind, self.of, self.value, self.since)).encode()).hexdigest()[:12]

    @property
    def said(self) -> str:
        """How it is written."""
        if self.kind == "static":
            return f"in_segment({_word(self.of)})"
        return f"ordered_since({_word(self.of)}, {_word(self.value)}, DATE '{self.since}')"


def answered(tree: "Expr", text: str, of_segment: "Callable[[str], Expr | Asked]") -> "tuple[Expr, list[Asked]]":
    """Return *tree* with each question replaced by what answers it, and the questions that need a column.

    Args:
        tree: of a condition.
        text: of the same, for errors.
        of_segment: the condition of a segment, or the question whether one is in it.
    """
    from sqlglot import exp

    asked = list[Asked]()

    def answer(node: "Expr") -> "Expr":
        if not isinstance(node, exp.Anonymous) or node.name.lower() not in QUESTIONS:
            return node
        found = of_segment(_one_word(node, text)) if node.name.lower() == "in_segment" else _ordered_since(node, text)
        if not isinstance(found, Asked):
            return exp.Paren(this=found)
        asked.append(found)
        return exp.Paren(this=exp.EQ(this=exp.column(found.column, quoted=True), expression=exp.Literal.number(1)))

    return tree.transform(answer), asked


def _one_word(node: "Expr", text: str) -> str:
    words = node.expressions
    if len(words) != 1 or not _is_word(words[0]):
        raise _refuse(text, "in_segment")
    return words[0].name


def _ordered_since(node: "Expr", text: str) -> Asked:
    words = node.expressions
    if len(words) != 3 or not _is_word(words[0]) or not _is_word(words[1]):
        raise _refuse(text, "ordered_since")
    of = words[0].name.lower()
    if of not in ORDERED:
        near = nearest(of, list(ORDERED)) or list(ORDERED)
        raise BadSettings(f"the condition {text!r} asks for orders by {of!r}", mend=f"write {' or '.join(near)}")
    return Asked("ordered_since", of, words[1].name, _day(words[2], text).isoformat())


def _day(node: "Expr", text: str) -> date:
    kind = type(node).__name__
    if kind != "Cast" or node.args["to"].sql() != "DATE" or not _is_word(node.this):
        raise _refuse(text, "ordered_since")
    try:
        return date.fromisoformat(node.this.name)
    except ValueError:
        raise BadSettings(f"the condition {text!r} names no day: {node.this.name!r}", mend="write it as DATE '2026-01-31'") from None


def _is_word(node: "Expr") -> bool:
    return type(node).__name__ == "Literal" and node.is_string


def _word(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _refuse(text: str, question: str) -> BadSettings:
    return BadSettings(f"the condition {text!r} asks {question} otherwise than it can be asked", mend=f"write {QUESTIONS[question]}")
