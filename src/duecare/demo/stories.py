"""The planted stories: what became of the cast, told with the ids by which a test finds them in the exports."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from duecare.demo.cast import FAMILY, FORMER, LAPSED, LATTER, REFERRER, VULNERABLE, recycled
from duecare.demo.catalogue import FAULTY
from duecare.demo.columns import DAY_S
from duecare.demo.days import END
from duecare.demo.habits import WOMEN_SPEND
from duecare.demo.purchases import FAULTY_FROM, FAULTY_TO
from duecare.demo.records import WEBSHOP
from duecare.demo.spelling import MOBILE_PREFIXES
from duecare.demo.traits import THEME_MEN, THEME_WOMEN, THEMES
from duecare.demo.truth import household_ids, person_ids
from duecare.demo.world import World


@dataclass(frozen=True, slots=True)
class Story:
    """One planted story."""

    key: str
    sentence: str
    ids: dict[str, object]


def stories(world: World) -> list[dict[str, object]]:
    """Return the stories of the first chunk, ready to be written as JSON."""
    tellers = (_lapsed, _referrer, _vulnerable, _proxy, _surge, _household, _recycled)
    return [asdict(tell(world)) for tell in tellers]


def _lapsed(world: World) -> Story:
    last = world.orders.at[world.orders.person == LAPSED].max(initial=0)
    return Story(
        "lapsed_big_spender",
        "One of the best customers bought every other week and then stopped for good, long before the end.",
        _person(world, LAPSED) | {"last_order_at": _told(int(last)), "revenue_cents": int(world.books.revenue[LAPSED])},
    )


def _referrer(world: World) -> Story:
    by, referee, _ = world.brought
    brought = referee[by == REFERRER]
    names = world.records.source_id.take(world.records.of[brought, WEBSHOP]).to_pylist()
    return Story(
        "small_customer_with_large_referrals",
        "A customer who spends next to nothing brought some of the shop's best customers.",
        _person(world, REFERRER) | {"referees": names, "referees_revenue_cents": int(world.books.revenue[brought].sum())},
    )


def _vulnerable(world: World) -> Story:
    return Story(
        "vulnerable_standard_customer",
        "A customer who spends little has a need that the desk alone knows of; the webshop's record is the same person.",
        _person(world, VULNERABLE) | {"revenue_cents": int(world.books.revenue[VULNERABLE])},
    )


def _proxy(world: World) -> Story:  # noqa: ARG001 - all tellers are called alike
    return Story(
        "biased_proxy_column",
        "The trait app_theme foretells spend only because women and men choose it differently and women spend less here; within either it tells nothing.",
        {
            "trait": "app_theme",
            "group": "gender",
            "value": THEMES[0],
            "share_of_women": THEME_WOMEN,
            "share_of_men": THEME_MEN,
            "spend_of_women_against_men": WOMEN_SPEND,
        },
    )


def _surge(world: World) -> Story:
    goods = world.setting.goods
    return Story(
        "faulty_product_surge",
        "A bad batch of one product brought complaints and returns for some weeks.",
        {
            "product_id": goods.product_id[FAULTY].as_py(),
            "supplier": goods.supplier[FAULTY].as_py(),
            "from": _told(END + 1 - FAULTY_FROM * DAY_S),
            "to": _told(END + 1 - FAULTY_TO * DAY_S),
            "orders": int(world.orders.faulty.sum()),
        },
    )


def _household(world: World) -> Story:
    return Story(
        "shared_household_phone",
        "Three people of one household give the telephone in the hall; the grown child bears a parent's name.",
        {
            "phone": f"+4930{world.people.landline[FAMILY[0]]:08d}",
            "household_id": household_ids(world)[FAMILY[0]].as_py(),
            "persons": [_person(world, who) for who in FAMILY],
        },
    )


def _recycled(world: World) -> Story:
    return Story(
        "recycled_phone_number",
        "A mobile number was given up by one customer and later came to a stranger, who is a customer too.",
        {
            "phone": _mobile(int(world.people.mobile[FORMER])),
            "former": _person(world, FORMER),
            "latter": _person(world, LATTER),
            "all_phones": [_mobile(int(m)) for m in world.people.mobile[recycled(world.chunk).former]],
        },
    )


def _person(world: World, who: int) -> dict[str, object]:
    rows = np.flatnonzero(world.records.person == who)
    both: Sequence[dict[str, str]] = [
        {"source": source, "source_id": source_id}
        for source, source_id in zip(*(column.to_pylist() for column in world.records.who(rows).values()), strict=True)
    ]
    return {"person_id": person_ids(world)[who].as_py(), "records": both}


def _mobile(number: int) -> str:
    return f"+49{MOBILE_PREFIXES[number // 10_000_000]}{number % 10_000_000:07d}"


def _told(instant: int) -> str:
    return datetime.fromtimestamp(instant, tz=UTC).isoformat().replace("+00:00", "Z")
