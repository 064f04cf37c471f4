"""How hard an identity world is: every rate that it is made with, under one name each.

Where a source is named, the figure is near to what it gives for Germany; everything else is
our assumption. Twins, juniors and recycled numbers are commoner here than in a real customer
base, so that a world of common size holds enough of them to measure by. How much channels know
and households share was set by hand, on seeds 1 to 3 and worlds of 40,000 to 400,000 people,
until plain Splink at its best threshold (`benchmarks/plain_splink.py`) came to F1 .82 of pairs.
"""

from dataclasses import dataclass

ByChannel = tuple[float, float, float, float]
"""One share each for the web shop, the till, the help desk and the social or mobile channel."""

CHANNELS = ("webshop", "till", "desk", "social")
WEBSHOP, TILL, DESK, SOCIAL = range(4)


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a world; shares are of 1, times in years, `..._per_1000_people` of all people."""

    # Who lives together.
    home_shares: tuple[float, ...] = (0.52, 0.30, 0.11, 0.07)
    """Households of which 1, 2, 3 or 4 people are customers. Assumed; the census counts 41, 34, 12 and 13 % of all households."""
    twin_pairs_per_1000_people: float = 3.0
    """Same birth date, family name and address. About 18 of 1,000 births are of twins (Destatis); how many stay together is assumed."""
    twins_alike_share: float = 0.30
    """Twin pairs called alike, as Tim and Tom. Assumed."""
    juniors_per_1000_people: float = 4.0
    """Children called as a parent, at the same address. Assumed."""
    partner_keeps_name_share: float = 0.25
    """Partners with a family name of their own. Assumed: some of the married, and those who are not."""

    # What changes within the time that records were written in.
    span_years: float = 8.0
    moved_share: float = 0.22
    """Households that moved. Assumed; about one person in ten moves each year, most of them young."""
    name_changed_share: float = 0.03
    """People who took another family name. About 360,000 marriages a year among 84 million people (Destatis), in most of which one
    takes the other's name, give 0.4 % of people a year."""
    phone_changed_share: float = 0.08
    recycled_phones_per_1000_people: float = 15.0
    """People who got a mobile number that another customer had before. Assumed."""
    email_changed_share: float = 0.10
    replaced_card_share: float = 0.04
    refreshed_share: float = 0.65
    """Records that were brought up to date after a change. Assumed, as all of this group."""

    # Who is known where.
    known_at_shares: ByChannel = (0.74, 0.65, 0.46, 0.32)
    again_at_shares: ByChannel = (0.12, 0.08, 0.30, 0.06)
    """People with a second record in a channel, of those known there."""

    # What each channel knows.
    given_name_shares: ByChannel = (1.0, 0.93, 0.78, 0.92)
    family_name_shares: ByChannel = (1.0, 0.97, 0.95, 0.70)
    one_field_shares: ByChannel = (0.0, 0.30, 0.60, 0.70)
    """Records that hold the whole name in the one field `name`."""
    email_shares: ByChannel = (1.0, 0.50, 0.70, 0.60)
    phone_shares: ByChannel = (0.80, 0.70, 0.85, 0.60)
    address_shares: ByChannel = (0.90, 0.60, 0.12, 0.0)
    postcode_only_shares: ByChannel = (0.0, 0.20, 0.20, 0.15)
    """Records with a postcode, or in the social channel a town, and no street."""
    birth_date_shares: ByChannel = (0.35, 0.65, 0.06, 0.15)
    loyalty_id_shares: ByChannel = (0.40, 1.0, 0.20, 0.40)
    username_shares: ByChannel = (0.60, 0.0, 0.05, 0.40)
    social_handle_shares: ByChannel = (0.0, 0.0, 0.03, 0.85)
    company_shares: ByChannel = (0.03, 0.0, 0.03, 0.0)

    # What people of a household share.
    family_email_share: float = 0.60
    """Records of people in a household that bear its common address, where it has one."""
    family_email_homes_share: float = 0.14
    landline_homes_share: float = 0.24
    landline_share: float = 0.60
    """Records with a phone that bear the landline, where the household has one."""
    family_card_homes_share: float = 0.08
    family_card_share: float = 0.50
    """Records with a card number that bear that of the household's head, where the household has one card."""

    switchboard_people_per_1000: float = 30.0
    """People who may give the number of the firm they work at. Assumed, as the next two."""
    switchboard_colleagues: int = 8
    """How many of those work at one firm."""
    switchboard_share: float = 0.40
    """Records with a phone of those people that bear the firm's number."""

    # How it is written.
    work_email_share: float = 0.03
    nickname_share: float = 0.12
    initial_share: float = 0.06
    swapped_names_share: float = 0.03
    name_typo_share: float = 0.06
    """Given names with a slip, and as many family names."""
    email_typo_share: float = 0.02
    email_tag_share: float = 0.02
    phone_typo_share: float = 0.03
    street_typo_share: float = 0.04
    postcode_typo_share: float = 0.015
    loyalty_typo_share: float = 0.01
    birth_date_typo_share: float = 0.04
    birth_date_swapped_share: float = 0.01
    """Day and month taken for each other, where both can be a month."""
    other_login_share: float = 0.30
    """User names and handles that are not the person's usual one."""

    # What says nothing.
    placeholder_email_shares: ByChannel = (0.0, 0.02, 0.03, 0.0)
    placeholder_phone_shares: ByChannel = (0.01, 0.03, 0.02, 0.0)
    placeholder_birth_date_shares: ByChannel = (0.01, 0.03, 0.0, 0.01)
    placeholder_name_share: float = 0.002
    shared_phone_per_1000_people: float = 1.0
    shared_email_per_1000_people: float = 0.5
    """Records that bear the shop's own number or address, unless `make_world` is told how many."""
