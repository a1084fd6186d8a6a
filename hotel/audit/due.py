"""What nights are due to be charged, and with what: one rule for the audit and its preview. A leaf of SQL."""

from hotel.stays.packages import FALLS_SQL, QUANTITY_SQL

# Nights in the house that carry no charge: tonight's, and older ones the desk reversed or a late arrival left.
# OFFSET 0: bills are looked up for nights that are due only.
NIGHTS = """
SELECT n.id AS night_id, n.date, n.price, s.id AS stay_id, s.room_id, w.folio_id
  FROM hotel_stay s
  JOIN LATERAL (SELECT n.id, n.date, n.price FROM hotel_roomnight n
                 WHERE n.stay_id = s.id AND n.date <= %(date)s AND (n.price > 0 OR n.date = %(date)s)
                   AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id) OFFSET 0) n ON true
  LEFT JOIN LATERAL (SELECT f.id AS folio_id FROM hotel_folio f WHERE f.stay_id = s.id AND f.closed_at IS NULL
                      ORDER BY f."window" LIMIT 1) w ON true
 WHERE s.property_id = %(house)s AND s.status = 'in_house'
"""
# What stays were sold with on these nights. What the price includes takes its share of it in the order of the items,
# until the price is used up: the room keeps the rest, so both add up to the price whatever it is.
PACKAGES = f"""
SELECT d.night_id, k.id AS item_id, k.is_included, k.charge_code_id, c.department, c.tax_percent,
       coalesce(nullif(k.text, ''), c.name) AS text, {QUANTITY_SQL} AS quantity,
       CASE WHEN k.is_included THEN least(k.price * {QUANTITY_SQL}, greatest(0, d.price - coalesce(
                 sum(k.price * {QUANTITY_SQL}) FILTER (WHERE k.is_included)
                 OVER (PARTITION BY d.night_id ORDER BY k.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))
            ELSE k.price * {QUANTITY_SQL} END AS amount
  FROM due d JOIN hotel_stay s ON s.id = d.stay_id
  JOIN hotel_staypackage k ON k.stay_id = s.id AND {FALLS_SQL}
  JOIN hotel_chargecode c ON c.id = k.charge_code_id
 WHERE NOT EXISTS (SELECT FROM hotel_packagecharge x WHERE x.night_id = d.night_id AND x.item_id = k.id)
"""
