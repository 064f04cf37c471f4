"""Who is who over all channels: source records become customers under ids that stay."""

from duecare.identity.match import Matched, Matching, match
from duecare.identity.merge import Merged, merge

__all__ = ["Matched", "Matching", "Merged", "match", "merge"]
