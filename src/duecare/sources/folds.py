"""Words people write: those that mean 'empty', yes or no, and those folded onto ours."""

from collections.abc import Mapping

MISSING = ("?", "null", "n/a", "#n/a", "na", "nan", "none", "-", "--", "\\n", "nil", "undefined", "#value!", "#ref!", "nat", "<na>")
"""Words that mean 'empty' where an id, a time or a number should stand, in lower case."""

MISSING_TEXT = ("NULL", "\\N", "#N/A", "NaN", "nan", "N/A", "<NA>", "#VALUE!", "#REF!")
"""Words that mean 'empty' in free text, as written: a person may be called Null or None."""

YES = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "1.0",
    "on",
    "subscribed",
    "opted in",
    "opted-in",
    "opt-in",
    "ja",
    "oui",
    "si",
    "sí",
    "sim",
    "granted",
    "accepted",
    "x",
)
NO = (
    "false",
    "f",
    "no",
    "n",
    "0",
    "0.0",
    "off",
    "unsubscribed",
    "opted out",
    "opted-out",
    "opt-out",
    "nein",
    "non",
    "não",
    "nee",
    "denied",
    "not subscribed",
)

CHANNELS: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "phone call", "call", "telephone", "voice", "tel", "inbound call", "outbound call", "voicemail", "telefon", "téléphone", "mobile phone", "direct call", "self-service phone"),
    "email": ("email", "e-mail", "mail", "inbound email", "support email", "e mail", "email message", "correo", "courriel"),
    "chat": ("chat", "live chat", "livechat", "messaging", "web chat", "webchat", "native_messaging", "messenger chat", "chatbot", "in-app chat", "conversation"),
    "social": (
        "social", "messenger", "facebook", "facebook messenger", "twitter", "x", "instagram", "instagram_dm", "whatsapp", "whats app", "telegram", "line", "wechat", "viber", "twitter dm",
        "twitter_dm", "facebook_post", "social media", "tiktok", "youtube",
    ),
    "web": ("web", "web form", "webform", "web widget", "web_widget", "online", "online store", "online_store", "website", "portal", "self-service", "self service", "customer portal", "form", "internet", "contact form", "help center", "help_center", "webshop", "e-commerce", "ecommerce"),
    "mobile": ("mobile", "mobile app", "app", "mobile_sdk", "ios", "android", "iphone", "in-app", "sms", "text message"),
    "shop": ("shop", "pos", "store", "in store", "in-store", "retail", "point of sale", "walk-in", "walk in", "in person", "branch", "counter", "filiale", "offline"),
    "post": ("post", "letter", "postal", "postal mail", "fax", "brief", "courrier", "mail order"),
}  # fmt: skip
"""Words for a channel, folded onto `words.Channel`; any other word is kept in lower case."""

STATES: Mapping[str, tuple[str, ...]] = {
    "cancelled": (
        "cancelled",
        "canceled",
        "cancel",
        "voided",
        "void",
        "storniert",
        "annulé",
        "annulée",
        "cancelado",
        "annullato",
        "geannuleerd",
    ),
}
"""States of an order that later steps must know; any other is kept in lower case."""

SEVERITIES: Mapping[str, tuple[str, ...]] = {
    "critical": ("critical", "urgent", "blocker", "highest", "emergency", "p1", "1 - critical", "1-critical", "kritisch", "urgente"),
    "high": ("high", "major", "p2", "2 - high", "2-high", "hoch", "haute", "alta"),
    "normal": (
        "normal",
        "medium",
        "moderate",
        "standard",
        "p3",
        "3 - moderate",
        "3-medium",
        "3 - medium",
        "mittel",
        "moyenne",
        "media",
        "média",
    ),
    "low": (
        "low",
        "minor",
        "trivial",
        "lowest",
        "p4",
        "p5",
        "4 - low",
        "4-low",
        "5 - planning",
        "niedrig",
        "basse",
        "baixa",
        "baja",
        "bassa",
    ),
}
"""Words for how grave an issue is."""

SURVEYS: Mapping[str, tuple[str, ...]] = {
    "csat": ("csat", "satisfaction", "customer satisfaction"),
    "nps": ("nps", "net promoter score"),
    "ces": ("ces", "customer effort score"),
}

FOLDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"channel": CHANNELS, "status": STATES, "severity": SEVERITIES}
"""Contract column -> the words folded in it."""
