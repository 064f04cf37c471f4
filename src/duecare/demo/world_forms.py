"""What each channel wrote down: the `people` columns of an identity world, with slips, gaps and old values.

Values that are nobody's own are planted at the end, over whatever stood there.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Ints, dates, ids, only, pc, same, take, times
from duecare.demo.days import END
from duecare.demo.names import CITIES, COMPANIES, MAIL_DOMAINS, NICKNAMES, STREETS, WORK_DOMAINS
from duecare.demo.people import YEAR_DAYS
from duecare.demo.spelling import FILLER_MAILS, FILLER_NAMES, FILLER_PHONES, fill_in, hands, in_every_hand, phones, with_tag
from duecare.demo.world_names import FAMILY_NAMES, GIVEN, HANDLE_WORDS, in_mails
from duecare.demo.world_people import Folk
from duecare.demo.world_rates import CHANNELS, SOCIAL, TILL, Rates
from duecare.demo.world_records import Pen, Records
from duecare.demo.world_slips import wrong_digit, wrong_mail, wrong_word

LETTERS = ("W", "T", "D", "S")
CARD_SPACE, CARD_STRIDE = 10_000_000_000, 7_368_787
UNKNOWN_BIRTHDAY = -25_567
"""1900-01-01."""

SHARED_VALUES: Mapping[str, str] = {
    "email": "info@shop.example.com",
    "phone": "030 10101010",
    "loyalty_id": "2900000000",
    "username": "guest",
    "social_handle": "@shop",
    "street": "Postfach 100",
    "birth_date": "1970-01-01",
}
"""What many records of no one person bear, when a world is told to plant it."""

_GIVEN_HANDS, _FAMILY_HANDS = in_every_hand(GIVEN), in_every_hand(FAMILY_NAMES)
_STREET_HANDS, _CITY_HANDS = in_every_hand(STREETS), in_every_hand(list(CITIES))
_NICKNAMES = pa.array([NICKNAMES.get(name) for name in GIVEN], pa.string())
_GIVEN_IN_MAILS, _FAMILY_IN_MAILS = pa.array(in_mails(GIVEN)), pa.array(in_mails(FAMILY_NAMES))


def write(chunk: Chunk, rates: Rates, folk: Folk, records: Records, shared: Mapping[str, int]) -> tuple[dict[str, pa.Array], Pen]:
    """Return the columns of the contract's `people` table, and the pen with what it noted."""
    chances = chunk.chances("forms")
    pen = Pen(folk, records, rates, chances, hands(chances.random(records.size)))
    began = END + 1 - int(rates.span_years * YEAR_DAYS) * DAY_S
    source = pa.array(CHANNELS).take(pa.array(records.channel))
    source_id = pc.binary_join_element_wise(pa.array(LETTERS).take(pa.array(records.channel)), ids("", records.number, 9), "")
    columns = {"source": source, "source_id": source_id} | _names(pen) | {"email": _emails(pen), "phone": _phones(pen)}
    columns |= _address(pen) | {"birth_date": _birthdays(pen)} | _numbers(pen)
    columns["created_at"] = times(began + records.opened_day * DAY_S + chances.integers(0, DAY_S, records.size))
    for name, many in shared.items():
        columns[name] = _planted(columns[name], SHARED_VALUES[name], many, chances)
    return columns, pen


def _planted(texts: pa.Array, value: str, many: int, chances: np.random.Generator) -> pa.Array:
    hit = np.zeros(len(texts), np.bool_)
    hit[chances.permutation(len(texts))[:many]] = True
    return pc.if_else(pa.array(hit), pa.scalar(value).cast(texts.type), texts)


def _names(pen: Pen) -> dict[str, pa.Array]:
    person, rates, records = pen.records.person, pen.rates, pen.records
    given = take(_GIVEN_HANDS, pen.hand * len(GIVEN) + pen.folk.given[person])
    called = pc.if_else(pa.array(pen.some(rates.nickname_share)), take(_NICKNAMES, pen.folk.given[person]), pa.scalar(None, pa.string()))
    given = pc.coalesce(called, given)
    bearing = pen.folk.family.on(records.state_day, person)
    pen.notes["old_name"] = bearing != pen.folk.family.now[person]
    family = take(_FAMILY_HANDS, pen.hand * len(FAMILY_NAMES) + bearing)
    given_known, family_known = pen.known(rates.given_name_shares), pen.known(rates.family_name_shares)
    given = pen.slip(given, rates.name_typo_share, given_known, wrong_word)
    family = pen.slip(family, rates.name_typo_share, family_known, wrong_word)
    given = pc.if_else(pa.array(pen.some(rates.initial_share)), _join(pc.utf8_slice_codeunits(given, 0, 1), "."), given)
    given, family = only(given, given_known), only(family, family_known)
    swapped = pa.array(pen.some(rates.swapped_names_share) & given_known & family_known)
    given, family = pc.if_else(swapped, family, given), pc.if_else(swapped, given, family)
    return _in_fields(pen, given, family)


def _in_fields(pen: Pen, given: pa.Array, family: pa.Array) -> dict[str, pa.Array]:
    """Write names in two fields or in one; tills often put the family name and a comma first."""
    one = pen.by_channel(pen.rates.one_field_shares)
    turned = pa.array(pen.some(0.4) & (pen.records.channel == TILL))
    both = pc.if_else(turned, _join(family, ", ", given), _join(given, " ", family))
    name = pc.coalesce(both, family, given)
    name = fill_in(name, FILLER_NAMES, pen.chances.random(len(one)), pen.rates.placeholder_name_share, ~one)
    return {"name": only(name, one), "given_name": only(given, ~one), "family_name": only(family, ~one)}


def _join(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _emails(pen: Pen) -> pa.Array:
    """Write e-mail addresses: one's own of then or now, that of work, or the family's."""
    person, rates, homes = pen.records.person, pen.rates, pen.folk.homes
    shown = pen.known(rates.email_shares)
    shared = pen.some(rates.family_email_share) & pen.at_homes(rates.family_email_homes_share)
    kind = np.where(shared, 2, pen.some(rates.work_email_share))
    own, work, family = _mailboxes(pen.folk)
    which = pen.folk.email.on(pen.records.state_day, person)
    texts = pc.choose(pa.array(kind), take(own, which - 2 * pen.folk.number[0]), take(work, person), take(family, homes.head[person]))
    texts = pen.slip(texts, rates.email_typo_share, shown, wrong_mail)
    texts = with_tag(texts, pen.some(rates.email_tag_share))
    filled = pen.by_channel(rates.placeholder_email_shares) & shown
    pen.notes["family_email"] = shared & shown & ~filled
    texts = fill_in(texts, FILLER_MAILS, pen.chances.random(len(person)), 1.0, ~filled)
    return only(pc.if_else(pa.array(pen.hand == 3), pc.utf8_upper(texts), texts), shown)


def _mailboxes(folk: Folk) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return two addresses a person (now, before), one at work, one of the family; no two people have the same own one."""
    twice = np.repeat(np.arange(folk.size), 2)
    number = np.repeat(2 * folk.number, 2) + np.arange(2 * folk.size) % 2
    born = np.repeat(folk.family.before, 2)
    family = np.where(number % 2 == 1, born, folk.family.now[twice])
    own = _mailbox(take(_GIVEN_IN_MAILS, folk.given[twice]), take(_FAMILY_IN_MAILS, family), number)
    given, name = take(_GIVEN_IN_MAILS, folk.given), take(_FAMILY_IN_MAILS, folk.family.now)
    work = _at(_join(given, ".", name, _text(folk.number // len(WORK_DOMAINS))), WORK_DOMAINS, folk.number)
    home = _at(_join("familie.", name, _text(folk.number // len(MAIL_DOMAINS))), MAIL_DOMAINS, folk.number)
    return own, work, home


def _mailbox(given: pa.Array, family: pa.Array, number: Ints) -> pa.Array:
    """Write addresses in eight styles; style, domain and the figures at the end together belong to one person."""
    styles, place = 8, number * 31 % (8 * len(MAIL_DOMAINS))
    style, rest = place % styles, _text(number // (8 * len(MAIL_DOMAINS)))
    initial, word = pc.utf8_slice_codeunits(given, 0, 1), pa.array(HANDLE_WORDS).take(pa.array(number * 7 % len(HANDLE_WORDS)))
    forms = [
        _join(given, ".", family, rest), _join(given, family, rest), _join(initial, ".", family, rest), _join(family, ".", given, rest),
        _join(given, "_", family, rest), _join(word, rest), _join(given, rest), _join(initial, family, rest),
    ]  # fmt: skip
    return _at(pc.choose(pa.array(style), *forms), MAIL_DOMAINS, place // styles)


def _text(numbers: Ints) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def _at(local: pa.Array, domains: Sequence[str], number: Ints) -> pa.Array:
    return _join(local, "@", pa.array(domains).take(pa.array(number % len(domains))))


def _phones(pen: Pen) -> pa.Array:
    """Write telephone numbers in any spelling: the mobile of then or now, or the line of the household."""
    person, rates, day = pen.records.person, pen.rates, pen.records.state_day
    shown = pen.known(rates.phone_shares)
    landline, mobile = pen.folk.landline.on(day, person), pen.folk.mobile.on(day, person)
    fixed, office = (landline >= 0) & pen.some(rates.landline_share), pen.folk.switchboard[person]
    at_work = (office >= 0) & pen.some(rates.switchboard_share)
    number = np.where(at_work, office, np.where(fixed, landline, mobile))
    texts = phones(number, ~(fixed | at_work), pen.chances.random(len(person)))
    texts = pen.slip(texts, rates.phone_typo_share, shown, wrong_digit)
    filled = pen.by_channel(rates.placeholder_phone_shares) & shown
    texts = fill_in(texts, FILLER_PHONES, pen.chances.random(len(person)), 1.0, ~filled)
    given_on = pen.folk.number_from[pen.folk.number_from >= 0]
    handed_on = np.isin(person, given_on) & (day < pen.folk.mobile.day[person])
    taken_over = (pen.folk.number_from[person] >= 0) & (day >= pen.folk.mobile.day[person])
    pen.notes["switchboard"], pen.notes["landline"] = at_work & shown & ~filled, fixed & ~at_work & shown & ~filled
    pen.notes["recycled_phone"] = (handed_on | taken_over) & ~fixed & ~at_work & shown & ~filled
    return only(texts, shown)


def _address(pen: Pen) -> dict[str, pa.Array]:
    """Write addresses: street and town, a postcode alone, or in the social channel a town alone."""
    rates, online = pen.rates, pen.records.channel == SOCIAL
    which = pen.folk.address.on(pen.records.state_day, pen.records.person)
    shown, part = pen.known(rates.address_shares), pen.by_channel(rates.postcode_only_shares)
    pen.notes["old_address"] = (which >= pen.folk.size) & (shown | part)
    place = pen.folk.addresses
    street = pen.slip(take(_STREET_HANDS, pen.hand * len(STREETS) + place.street[which]), rates.street_typo_share, shown, wrong_word)
    code = _join(pa.array(list(CITIES.values())).take(pa.array(place.city[which])), ids("", place.code[which], 3))
    coded = shown | (part & ~online)
    return {
        "street": only(_join(street, " ", _text(place.house[which])), shown),
        "postcode": only(pen.slip(code, rates.postcode_typo_share, coded, wrong_digit), coded),
        "city": only(take(_CITY_HANDS, pen.hand * len(CITIES) + place.city[which]), shown | (part & online)),
        "country": only(same("DE", pen.records.size), shown),
    }


def _birthdays(pen: Pen) -> pa.Array:
    """Write birthdays: some a day, a month, a year or ten out, some with day and month swapped, some the clerk's 1900."""
    rates, size = pen.rates, pen.records.size
    shown = pen.known(rates.birth_date_shares)
    born = pen.folk.birth_day[pen.records.person]
    slip = pen.some(rates.birth_date_typo_share)
    wrong = born + np.asarray((1, -1, 9, 31, 365, -365, 3652))[pen.chances.integers(0, 7, size)]
    swap = pen.some(rates.birth_date_swapped_share) & ~slip
    day = np.where(slip, wrong, np.where(swap, _day_for_month(born), born))
    pen.typos += shown & (day != born)
    return dates(np.where(pen.by_channel(rates.placeholder_birth_date_shares), UNKNOWN_BIRTHDAY, day), shown)


def _day_for_month(days: Ints) -> Ints:
    """Read 3 May as 5 March; days after the 12th stay."""
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    day_of, month_of = (date - month).astype(np.int64), month.astype(np.int64) % 12
    turned = (month - month_of + day_of).astype("datetime64[D]") + month_of
    return np.where(day_of < 12, turned.astype(np.int64), days)


def _numbers(pen: Pen) -> dict[str, pa.Array]:
    """Write card numbers, user names, handles and companies."""
    person, rates, folk = pen.records.person, pen.rates, pen.folk
    one_card = pen.some(rates.family_card_share) & pen.at_homes(rates.family_card_homes_share)
    owner = np.where(one_card, folk.homes.head[person], person)
    carded = pen.known(rates.loyalty_id_shares)
    pen.notes["family_card"] = carded & (owner != person)
    card = ids("29", folk.card.on(pen.records.state_day, owner) * CARD_STRIDE % CARD_SPACE, 10)
    login = pc.list_element(pc.split_pattern(_mailboxes(folk)[0].take(pa.array(2 * np.arange(folk.size))), "@"), 0)
    other = _join(pa.array(HANDLE_WORDS).take(pa.array(folk.number * 11 % len(HANDLE_WORDS))), "_", _text(folk.number * 13 % 1_000_003))
    named = [pc.if_else(pa.array(pen.some(rates.other_login_share)), take(other, person), take(login, person)) for _ in range(2)]
    company = pa.array(COMPANIES).take(pa.array(folk.number[person] % len(COMPANIES)))
    return {
        "loyalty_id": only(pen.slip(card, rates.loyalty_typo_share, carded, wrong_digit), carded),
        "username": only(named[0], pen.known(rates.username_shares)),
        "social_handle": only(_join("@", pc.replace_substring(named[1], ".", "_")), pen.known(rates.social_handle_shares)),
        "company": only(company, pen.by_channel(rates.company_shares)),
    }
