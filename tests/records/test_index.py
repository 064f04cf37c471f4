"""The promise: what a run enters into its index is found again, exactly, however the words are written, and by nobody else's words."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.records import Index, IndexDraft, Runs, Warehouse, open_scratch
from duecare.words import StoreTrouble

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def table(warehouse: Warehouse, words: Sequence[str | None]) -> str:
    import pyarrow as pa

    return warehouse.put("told", pa.table({"word": pa.array(words, pa.string()), "number": pa.array(range(len(words)), pa.int64())}))


def made(folder: Path, words: Sequence[str | None]) -> Index:
    """An index of *words* under their places, as keys and as rows."""
    with open_scratch(folder / "scratch", memory_gb=1) as warehouse:
        draft = IndexDraft.under(folder)
        draft.keys("words", warehouse, "SELECT word, number FROM {told}", told=table(warehouse, words))
        sql = "SELECT number * 2 AS place, word, number FROM {told} WHERE word IS NOT NULL"
        draft.rows("texts", ("word", "number"), warehouse, sql, told="told")
        draft.numbers("squares", np.arange(len(words), dtype=np.int64) ** 2)
        draft.facts["words"] = len(words)
        draft.close()
    return Index.of(folder)


@given(st.lists(st.none() | TEXTS, max_size=30))
def test_every_word_leads_to_its_numbers_and_every_place_to_its_row(
    tmp_path_factory: pytest.TempPathFactory, words: list[str | None]
) -> None:
    index = made(tmp_path_factory.mktemp("index"), words)
    for at, word in enumerate(words):
        assert index.row("texts", 2 * at) == {"word": word, "number": None if word is None else str(at)}
        assert index.row("texts", 2 * at + 1) == {"word": None, "number": None}
        if word is not None:
            places = [other for other, same in enumerate(words) if same == word]
            assert (index.find("words", word), index.count("words", word)) == (places, len(places))
            assert index.find("words", word, most=1) == places[:1]
    assert index.numbers("squares").tolist() == [at * at for at in range(len(words))]
    assert index.facts == {"words": len(words)}


def test_words_that_nobody_entered_lead_nowhere(tmp_path: Path) -> None:
    index = made(tmp_path, ["anna", "anna", None])
    assert [index.find("words", *words) for words in (("Anna",), ("",), ("an", "na"), ("anna", ""), ("\ud800",))] == [[]] * 5
    assert index.row("texts", -1) == index.row("texts", 10**9) == {"word": None, "number": None}


def test_several_words_are_found_together_as_sql_joins_them(tmp_path: Path) -> None:
    with open_scratch(tmp_path / "scratch", memory_gb=1) as warehouse:
        draft = IndexDraft.under(tmp_path)
        draft.keys(
            "pairs", warehouse, "SELECT concat_ws(chr(31), word, 'berg') AS word, number FROM {told}", told=table(warehouse, ["anna"])
        )
        draft.close()
    assert Index.of(tmp_path).find("pairs", "anna", "berg") == [0]


def test_an_index_that_is_missing_or_foreign_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble, match="no index"):
        Index.of(tmp_path)
    made(tmp_path, ["a"])
    head = tmp_path / "index" / "index.json"
    head.write_text(json.dumps(json.loads(head.read_text("utf-8")) | {"format": 99}), "utf-8")
    with pytest.raises(StoreTrouble, match="another version"):
        Index.of(tmp_path)


def test_a_run_whose_index_is_read_is_not_removed_and_the_next_one_shows_its_own(tmp_path: Path) -> None:
    runs = Runs.at("duckdb:warehouse", tmp_path)
    publish(runs, "first")
    with runs.indexed() as held:
        publish(runs, "second")
        assert (held.index.facts["word"], held.facts["word"], runs.prune(1)) == ("first", "first", [])
        with runs.indexed() as now:
            assert now.index.facts["word"] == "second"
    assert runs.prune(1) == [held.run_id]


def publish(runs: Runs, word: str) -> None:
    with runs.draft() as draft:
        making = IndexDraft.under(draft.folder)
        making.facts["word"] = word
        making.close()
        runs.publish(draft, {"word": word})
