"""Conditions to try: drawn ones with a plain evaluation of their own, and malicious ones. Used by the suite and by `make prove ROW=condition_corpus`."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

Tree = Any
"""Nested tuples: ("and", a, b), ("or", a, b), ("not", a), ("cmp", column, sign, value), ("between", ...), ("in", ...), ("null", column, is)."""

NUMBERS = ("clv", "clv_percentile", "orders", "rfm_f", "p_top10", "days_since_order", "nps")
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}
VALUE = st.integers(-3, 6) | st.sampled_from([0.5, 2.25, -1.5])
COMPARED = st.tuples(st.just("cmp"), st.sampled_from(NUMBERS), st.sampled_from(sorted(SIGNS)), VALUE)
WORDS = st.tuples(st.just("cmp"), st.just("rfm"), st.sampled_from(["=", "<>"]), st.sampled_from(["111", "444", "it's"]))
COLUMNS = st.tuples(st.just("cols"), st.sampled_from(NUMBERS), st.sampled_from(sorted(SIGNS)), st.sampled_from(NUMBERS))
BETWEEN = st.tuples(st.just("between"), st.sampled_from(NUMBERS), VALUE, VALUE)
INSIDE = st.tuples(st.just("in"), st.sampled_from(NUMBERS), st.lists(VALUE, min_size=1, max_size=3).map(tuple))
NULL = st.tuples(st.just("null"), st.sampled_from([*NUMBERS, "rfm"]), st.booleans())
LEAF = COMPARED | WORDS | COLUMNS | BETWEEN | INSIDE | NULL
TREES = st.recursive(
    LEAF, lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner), max_leaves=8
)


def text_of(tree: Tree) -> str:
    """Write a tree as a person would."""
    kind = tree[0]
    if kind == "not":
        return f"not ({text_of(tree[1])})"
    if kind in {"and", "or"}:
        return f"({text_of(tree[1])}) {kind} ({text_of(tree[2])})"
    if kind == "between":
        return f"{tree[1]} between {tree[2]} and {tree[3]}"
    if kind == "in":
        return f"{tree[1]} in ({', '.join(map(str, tree[2]))})"
    if kind == "null":
        return f"{tree[1]} is {'' if tree[2] else 'not '}null"
    if kind == "cols":
        return f"{tree[1]} {tree[2]} {tree[3]}"
    value = "'" + tree[3].replace("'", "''") + "'" if isinstance(tree[3], str) else tree[3]
    return f"{tree[1]} {tree[2]} {value}"


def truth_of(tree: Tree, row: Mapping[str, Any]) -> bool | None:
    """What SQL's three-valued logic makes of it, written down anew."""
    kind = tree[0]
    if kind == "not":
        inner = truth_of(tree[1], row)
        return None if inner is None else not inner
    if kind in {"and", "or"}:
        parts = [truth_of(part, row) for part in tree[1:]]
        decides = kind == "or"
        return decides if decides in parts else (None if None in parts else not decides)
    if kind == "null":
        return (row[tree[1]] is None) == tree[2]
    left = row[tree[1]]
    if kind == "cols":
        right = row[tree[3]]
        return None if left is None or right is None else SIGNS[tree[2]](left, right)
    if left is None:
        return None
    if kind == "between":
        return tree[2] <= left <= tree[3]
    return left in tree[2] if kind == "in" else SIGNS[tree[2]](left, tree[3])


def rows() -> list[dict[str, Any]]:
    """Customers on and beside every line, with unknown facts among them."""
    values = [-3, -1.5, 0, 0.5, 1, 2, 2.25, 3, 4, 6, None]
    made = list[dict[str, Any]]()
    for at in range(60):
        row = {name: values[(at * (place + 3) + place) % len(values)] for place, name in enumerate(NUMBERS)}
        made.append(row | {"rfm": ["111", "444", "it's", None][at % 4]})
    return made


HOSTILE = (
    "1 = 1",
    "orders = 1 or 1 = 1; DROP TABLE facts",
    "orders = 1; SELECT * FROM people",
    "orders = 1 UNION ALL SELECT email FROM people",
    "orders = 1 EXCEPT SELECT 1",
    "orders = (SELECT max(orders) FROM facts)",
    "orders IN (SELECT orders FROM facts)",
    "EXISTS (SELECT * FROM people WHERE email LIKE '%')",
    "orders = any(SELECT 1)",
    "orders > ALL (SELECT 1)",
    "(SELECT count(*) FROM people) > 0",
    "read_csv('/etc/passwd') IS NOT NULL",
    "read_text('/etc/passwd') = rfm",
    "rfm = (SELECT content FROM read_text('/etc/shadow'))",
    "orders = getenv('HOME')",
    "rfm = current_user",
    "rfm = version()",
    "rfm = current_setting('secret_directory')",
    "sleep(3) = orders",
    "pg_sleep(3) IS NULL",
    "orders = random()",
    "orders = 1 AND load_extension('x')",
    "COPY facts TO '/tmp/x'",
    "orders = 1) OR (1 = 1",
    "orders = 1 -- and the rest",
    "orders = 1 /* and */ or orders = 2",
    "orders = 1 # x",
    "orders = $as_of",
    "orders = ?",
    "orders = :x",
    "orders = @x",
    "{people} = 1",
    "rfm = '{people}'",
    "people.email = 'x'",
    "main.facts.orders = 1",
    "facts.orders = 1",
    "f.orders = 1",
    '"customer_id" = 1',
    "customer_id IS NOT NULL",
    "email IS NOT NULL",
    "birth_date IS NULL",
    "gender = 'f'",
    "orders::VARCHAR = '1'",
    "CAST(orders AS VARCHAR) = '1'",
    "TRY_CAST(rfm AS INT) = 1",
    "orders COLLATE NOCASE = 1",
    "rfm LIKE '%'",
    "rfm ILIKE '%'",
    "rfm SIMILAR TO '.*'",
    "rfm ~ '.*'",
    "regexp_matches(rfm, '.*')",
    "rfm || rfm = '111111'",
    "orders + 1 = 2",
    "orders * 1e308 * 10 > 1",
    "orders / 0 = 1",
    "orders % 2 = 0",
    "orders ** 9 > 1",
    "orders & 1 = 1",
    "CASE WHEN orders > 1 THEN TRUE ELSE FALSE END",
    "if(orders > 1, TRUE, FALSE)",
    "coalesce(orders, 1) = 1",
    "abs(orders) = 1",
    "count(*) > 1",
    "sum(orders) OVER () > 1",
    "row_number() OVER () = 1",
    "orders > 1 GROUP BY orders",
    "orders > 1 HAVING count(*) > 1",
    "orders > 1 ORDER BY 1",
    "orders > 1 LIMIT 1",
    "orders > 1 QUALIFY TRUE",
    "orders > 1 WINDOW w AS ()",
    "orders > 1 FOR UPDATE",
    "[orders][1] = 1",
    "{'a': orders}.a = 1",
    "list_contains([1], orders)",
    "orders IN ([1])",
    "x -> x + orders",
    "orders = INTERVAL 1 DAY",
    "orders = DATE '2026-01-01'",
    "orders BETWEEN (SELECT 1) AND 2",
    "orders IS DISTINCT FROM 1",
    "orders <=> 1",
    "(orders, rfm_f) = (1, 1)",
    "ROW(orders) = ROW(1)",
    "in_segment('x' || 'y')",
    "in_segment((SELECT 'x'))",
    "ordered_since('brand', (SELECT 'x'), DATE '2026-01-01')",
    "ordered_since('o.brand; DROP', 'x', DATE '2026-01-01')",
    "ordered_since('brand', 'x', now())",
    "not orders",
    "orders and rfm",
    "orders = TRUE",
    "-rfm = 1",
    "orders >= 90;",
    "orders >= '90'",
    "rfm = 111",
    "orders = rfm",
    "orders = 'it''s'",
    "ATTACH '/tmp/x.db'",
    "PRAGMA database_list",
    "orders = 1\x00",
    "orders \u2265 1",
    "\u043erders = 1",
    "",
    " ",
    "(((",
    "(" * 4000 + "orders = 1" + ")" * 4000,
)
"""None of these may pass."""
