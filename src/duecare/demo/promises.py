"""What the shop promises everybody: its desk's hours, three minutes in the queue, and an answer to what is written within a working day."""

from duecare.demo.days import OPEN_HOURS, ZONE
from duecare.demo.effect import LONG_WAIT_S

SHARE_PERCENT = 80
"""How often it promises to keep that."""
LIVE = ("phone", "chat")
"""Where customers wait in a queue."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def promises_text() -> str:
    """Return the shop's calendar and promises as lines for `duecare.toml`."""
    hours = [f'{DAYS[day]} = [["{opens:02}:00", "{closes:02}:00"]]' for day, (opens, closes) in OPEN_HOURS.items()]
    calendar = ["[calendars.desk]", f'tz = "{ZONE.key}"', "", "[calendars.desk.weekly]", *hours]
    return "\n".join(["", *calendar, *(line for channel in LONG_WAIT_S for line in _promise(channel)), ""])


def _promise(channel: str) -> list[str]:
    metric, calendar = ("queue_wait", "always") if channel in LIVE else ("first_response", "desk")
    what = [f'metric = "{metric}"', f'channel = "{channel}"', f'calendar = "{calendar}"']
    return ["", "[[promises]]", *what, f"target_minutes = {LONG_WAIT_S[channel] // 60}", f"share_percent = {SHARE_PERCENT}"]
