"""Who is who over all channels: source records become customers under ids that stay.

`match` and `merge` are imported where they are used (`duecare.identity.match`, `.merge`):
numpy and Splink take their time.
"""

from duecare.identity.clean import e164
from duecare.identity.terms import PERSONAL, Limits, Matching

__all__ = ["PERSONAL", "Limits", "Matching", "e164"]
