"""The pages on the contract and on presets say what the code says."""

import re
from pathlib import Path

import pytest

from duecare.sources import CONTRACT, PRESETS, Column, Table

DOCS = Path(__file__).parents[2] / "docs"


def column_line(column: Column) -> str:
    need, who = "yes" if column.required else "", "yes" if column.personal else ""
    return f"| `{column.name}` | {column.kind} | {need} | {who} | {column.note} |"


def head_of(table: Table) -> str:
    mode = "snapshot" if table.mode == "snapshot" else "appends"
    return f"## `{table.name}`: {table.note}\n\nKey: {', '.join(f'`{name}`' for name in table.key)}. Mode: {mode}."


@pytest.mark.parametrize("name", list(CONTRACT))
def test_the_page_on_the_contract_tells_every_table_and_column_as_it_is(name: str) -> None:
    page, table = (DOCS / "data-contract.md").read_text("utf-8"), CONTRACT[name]
    assert head_of(table) in page
    part = page.split(head_of(table))[1].split("\n## ")[0]
    assert [line for line in part.splitlines() if line.startswith("| `")] == [column_line(column) for column in table.columns]


def test_the_page_on_the_contract_tells_no_other_table() -> None:
    assert re.findall(r"^## `(\w+)`", (DOCS / "data-contract.md").read_text("utf-8"), re.MULTILINE) == list(CONTRACT)


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_page_on_presets_tells_each_one_with_its_addresses_tables_and_notes(name: str) -> None:
    page, preset = (DOCS / "presets.md").read_text("utf-8"), PRESETS[name]
    part = page.split(f"## `{name}`: {preset.title}\n")[1].split("\n## ")[0]
    assert all(address in part for address in preset.docs)
    assert all(note in part for note in preset.notes)
    assert all(rule.reason in part for rule in preset.asides)
    assert all(f"`{table}`" in part for table in {fill.table for fill in preset.fills})
    assert all(f"`{header}`" in part for role in preset.roles for header in role.required)


def test_the_page_on_presets_tells_no_other() -> None:
    assert re.findall(r"^## `(\w+)`", (DOCS / "presets.md").read_text("utf-8"), re.MULTILINE) == list(PRESETS)
