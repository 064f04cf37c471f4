-- sold: how often each product was sold in a while, and who supplied it last
SELECT l.product_id, arg_max(l.name, o.ordered_at) AS name, arg_max(l.supplier, o.ordered_at) AS supplier, count(*) AS sold
FROM {order_lines} l
JOIN {orders} o ON o.order_id = l.order_id
WHERE l.quantity > 0 AND o.ordered_at > CAST($from AS TIMESTAMPTZ) AND o.ordered_at <= CAST($as_of AS TIMESTAMPTZ)
GROUP BY l.product_id
