"""Facts: every column that a condition may name, each with its meaning, and which of them change together."""

from collections.abc import Mapping

FACTS: Mapping[str, str] = {
    "clv": "customer lifetime value: net present value of future profit, in the book's currency",
    "clv_percentile": "share of customers, in per cent, with a lower CLV; at or above 90 are the top tenth",
    "revenue_percentile": "share of customers, in per cent, with a lower revenue to date",
    "rfm": "the three classes together, '111' the best",
    "rfm_r": "class of recency, 1 latest; 4, or 5 of fifths, longest ago",
    "rfm_f": "class of frequency, 1 most often; 4, or 5 of fifths, least",
    "rfm_m": "class of money, 1 most revenue; 4, or 5 of fifths, least",
    "referral_value": "what those whom they will yet refer are worth, in the book's currency; a part of clv",
    "contract_value": "what their running subscriptions will yet bring, in the book's currency; a part of clv",
    "p_top1": "probability that what will come over the horizon is among the highest hundredth",
    "p_top5": "the same for the highest twentieth",
    "p_top10": "probability that what will come over the horizon is among the highest tenth",
    "p_top20": "the same for the highest fifth",
    "p_top50": "the same for the higher half",
    "p_top10_within_year": "probability of the highest tenth within a year: who may grow into it",
    "p_alive": "probability that the customer will buy again at all",
    "churn_risk": "probability that they will not: one minus p_alive",
    "expected_orders": "orders expected over the horizon",
    "orders": "orders to date",
    "revenue": "revenue to date, in the book's currency",
    "margin": "margin to date, in the book's currency",
    "profit": "margin to date minus the cost of serving them, in the book's currency",
    "contacts": "contacts to date",
    "complaints": "contacts to date whose reason is a complaint",
    "referrals": "customers they brought",
    "returns": "orders of which something came back",
    "nps": "their newest answer to how likely they would recommend, 0 to 10",
    "csat": "their newest answer to how satisfied they are",
    "days_since_order": "days since the last purchase",
    "days_since_contact": "days since the last contact",
    "tenure_days": "days since the first purchase",
}
"""The columns a condition may name, each with its meaning."""

TEXTS = ("rfm",)
"""Facts that are words; the others are numbers."""

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "clv": ("clv_percentile",),
    "clv_percentile": ("clv",),
    "rfm": ("rfm_r", "rfm_f", "rfm_m"),
} | dict.fromkeys(("rfm_r", "rfm_f", "rfm_m"), ("rfm", "rfm_r", "rfm_f", "rfm_m"))
"""Facts that change together."""

OLDEST_CLASS = 5
ORDERED: Mapping[str, str] = {
    "brand": "o.brand",
    "category": "o.category",
    "channel": "o.channel",
    "outlet": "o.outlet",
    "product": "l.product_id",
}
"""Of what `ordered_since` may ask, and the column of orders or their lines that tells it."""
