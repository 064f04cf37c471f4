"""Request Tracker 5: what duecare.toml says, written as the two files by which an administrator configures RT.

RT's fields for users must be applied to all users, and its agreements stand in its own settings: neither can be done over
REST2. The first file, loaded into the database, makes what is lacking and changes nothing else, however often it is loaded.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from duecare.helpdesk.desk import CARE, CUSTOMER, TIER, WHY
from duecare.helpdesk.rt import KEYS
from duecare.helpdesk.serving import Serving, closed_days
from duecare.promises import Calendar, Promise
from duecare.promises.terms import ALWAYS

LEVEL = "duecare_level"
"""The field in which a ticket keeps the level that it came with."""
GUARANTEE = "guarantee"
"""RT's name of the agreement for everybody."""
CLOCKS: Mapping[str, str] = {
    "first_response": "Response",
    "full_resolution": "Resolve",
    "first_resolution": "Resolve",
    "periodic_update": "KeepInLoop",
}
"""Our clocks by the parts of RT's agreements."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

FIELDS = """# Made by Duecare from duecare.toml. Load it as an administrator, as often as you like:
#   rt-setup-database-5 --action insert --datafile {file}
@Final = (sub {{
    my $rt = RT->SystemUser;
    my $field = sub {{
        my ($name, $type, $lookup, $on, $says, @values) = @_;
        my $cf = RT::CustomField->new($rt);
        $cf->LoadByCols(Name => $name, LookupType => $lookup);
        $cf->Create(Name => $name, Type => $type, MaxValues => 1, LookupType => $lookup, Description => $says) unless $cf->id;
        $cf->AddToObject($on) unless $cf->IsGlobal;
        my %there = map {{ $_->Name => 1 }} $type eq 'Select' ? @{{ $cf->Values->ItemsArrayRef }} : ();
        $cf->AddValue(Name => $_) for grep {{ !$there{{$_}} }} @values;
    }};
{fields}
    my $scrip = RT::Scrip->new($rt);
    $scrip->LoadByCols(Description => 'Duecare: level of the requestor');
    unless ($scrip->id) {{
        $scrip->Create(
            Description => 'Duecare: level of the requestor', Queue => 0, Stage => 'TransactionCreate', Template => 'Blank',
            ScripCondition => 'On Create', ScripAction => 'User Defined', CustomPrepareCode => 'return 1;',
            CustomCommitCode => {code},
        );
    }}
}});
1;
"""
CODE = """
my $ticket = $self->TicketObj;
my $who = $ticket->Requestors->UserMembersObj->First or return 1;
my $level = $who->FirstCustomFieldValue('{tier}') or return 1;
$ticket->AddCustomFieldValue(Field => '{level}', Value => $level, RecordTransaction => 0);
$ticket->SetSLA($level) if !$ticket->QueueObj->SLADisabled && (RT->Config->Get('ServiceAgreements') || {{}})->{{Levels}}{{$level}};
return 1;
"""
SETTINGS = """# Made by Duecare from duecare.toml. Put it into RT_SiteConfig.d; agreements of your own go into the same table.
Set(%ServiceAgreements, (
    Default => '{default}',
    Levels => {{
{levels}
    }},
));
Set(%ServiceBusinessHours, (
{hours}
));
1;
"""


def fields_file(serving: Serving, file: str = "duecare-rt.pl") -> str:
    """Return the file that makes the fields of users and tickets, and the rule by which a ticket takes its requestor's level."""
    user, ticket = "'RT::User', RT::User->new($rt)", "'RT::Queue-RT::Ticket', RT::Queue->new($rt)"
    says = {CUSTOMER: "customer", TIER: "level", CARE: "care to give", WHY: "why"}
    rows = [
        _field(
            KEYS[name],
            "Select" if name == TIER else "Freeform",
            user,
            f"Duecare: {text}",
            (*serving.tiers, *serving.past) if name == TIER else (),
        )
        for name, text in says.items()
    ]
    rows.append(_field(LEVEL, "Select", ticket, "Duecare: the level that the ticket came with", (*serving.tiers, *serving.past)))
    return FIELDS.format(file=file, fields="\n".join(rows), code=_quoted(CODE.format(tier=KEYS[TIER], level=LEVEL)))


def settings_file(serving: Serving) -> str:
    """Return the agreements and hours for RT's settings."""
    levels = [(tier, _parts(tier, serving)) for tier in serving.tiers] + [(GUARANTEE, _parts(None, serving))]
    lines = [f"        {_quoted(name)} => {{ {', '.join(parts)} }}," for name, parts in levels if parts]
    hours = [f"    {_quoted(name)} => {_hours(calendar, serving.today)}," for name, calendar in serving.calendars.items()]
    return SETTINGS.format(default=GUARANTEE if levels[-1][1] else "", levels="\n".join(lines), hours="\n".join(hours))


def untold(serving: Serving) -> list[str]:
    """Return what duecare.toml promises and RT cannot keep watch of, in words."""
    return [
        f"{one.told()}: RT's agreements know {'no severity or channel' if one.metric in CLOCKS else 'no such clock'}"
        for one in serving.promises.all
        if one.metric not in CLOCKS or one.severity or one.channel
    ]


def _parts(tier: str | None, serving: Serving) -> list[str]:
    """What is promised to a level, the stricter where two clocks of ours are one of RT's."""
    found: dict[str, Promise] = {}
    for metric, part in CLOCKS.items():
        one = serving.promises.in_force(metric, tier, "", "")
        if one is not None and (part not in found or one.target_minutes < found[part].target_minutes):
            found[part] = one
    return [f"{part} => {_within(one)}" for part, one in found.items()]


def _within(one: Promise) -> str:
    minutes = max(int(one.target_minutes), 1)
    return (
        f"{{ RealMinutes => {minutes} }}"
        if one.calendar == ALWAYS
        else f"{{ BusinessMinutes => {minutes}, BusinessHours => {_quoted(one.calendar)} }}"
    )


def _hours(calendar: Calendar, today: date) -> str:
    """RT's table of a week: from the first opening to the last closing, with what lies between as breaks; Sunday is 0."""
    rows = []
    for weekday, stretches in enumerate(calendar.schedule.week_of(today)):
        if stretches:
            breaks = ", ".join(f"{{ Start => '{_clock(one[1])}', End => '{_clock(other[0])}' }}" for one, other in pairwise(stretches))
            span = f"Start => '{_clock(stretches[0][0])}', End => '{_clock(stretches[-1][1])}'"
            rows.append(f"{(weekday + 1) % 7} => {{ Name => '{DAYS[weekday]}', {span}{f', Breaks => [ {breaks} ]' if breaks else ''} }}")
    closed = ", ".join(f"'{day}'" for day in closed_days(calendar, today))
    return f"{{ {', '.join(rows)}{f', holidays => [ {closed} ]' if closed else ''} }}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def _field(name: str, kind: str, place: str, says: str, values: Sequence[str]) -> str:
    return f"    $field->('{name}', '{kind}', {place}, {_quoted(says)}{''.join(f', {_quoted(one)}' for one in values)});"


def _quoted(text: str) -> str:
    r"""Return a text as Perl writes it.

    >>> _quoted("it's") == r"'it\'s'"
    True
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
