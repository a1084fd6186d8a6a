"""The audit's work on the whole house, each one statement for any number of rooms."""

from hotel.audit.due import NIGHTS, PACKAGES
from hotel.folios.routes import TARGET

# Locks: stays by key, then their open folios by key, as check-out does; the statement after them sees what they left.
LOCK_STAYS = """
SELECT s.id FROM hotel_stay s
 WHERE s.property_id = %(house)s AND s.status = 'in_house' ORDER BY s.id FOR NO KEY UPDATE
"""
LOCK_FOLIOS = """
SELECT f.id FROM hotel_folio f
 WHERE f.closed_at IS NULL AND f.id IN (
       SELECT w.id FROM hotel_folio w JOIN hotel_stay s ON s.id = w.stay_id
        WHERE s.property_id = %(house)s AND s.status = 'in_house' AND w.closed_at IS NULL
       UNION ALL
       SELECT r.folio_id FROM hotel_chargeroute r JOIN hotel_stay s ON s.id = r.stay_id
        WHERE s.property_id = %(house)s AND s.status = 'in_house' AND r.ended_at IS NULL)
 ORDER BY f.id FOR NO KEY UPDATE OF f
"""
WITHOUT_FOLIO = """
SELECT s.id FROM hotel_stay s WHERE s.property_id = %(house)s AND s.status = 'in_house'
   AND NOT EXISTS (SELECT FROM hotel_folio f WHERE f.stay_id = s.id) ORDER BY s.id
"""
# Entries of rooms and packages, the charge of each night and item (unique: posting twice is impossible) and a result
# each. A line goes where the stay's routing rules say; to a company as long as its credit lasts.
CHARGE = f"""
WITH due AS MATERIALIZED ({NIGHTS}),
code AS MATERIALIZED (
    SELECT (SELECT c.id FROM hotel_chargecode c WHERE c.property_id = %(house)s AND c.department = 'room'
               AND c.is_active ORDER BY c.code <> 'ROOM', c.code LIMIT 1) AS id),
given AS MATERIALIZED ({PACKAGES}),
lines AS MATERIALIZED (
    SELECT d.night_id, d.stay_id, d.room_id, d.date, d.folio_id, NULL::bigint AS item_id, false AS is_included,
           code.id AS charge_code_id, 'room' AS department, coalesce(c.name, %(text)s) AS text, 1 AS quantity,
           coalesce(c.tax_percent, 6) AS tax_percent, d.price - coalesce(g.amount, 0) AS amount
      FROM due d CROSS JOIN code LEFT JOIN hotel_chargecode c ON c.id = code.id
      LEFT JOIN (SELECT night_id, sum(amount) AS amount FROM given WHERE is_included GROUP BY night_id) g
           ON g.night_id = d.night_id
     WHERE d.price > 0 AND d.folio_id IS NOT NULL
    UNION ALL
    SELECT d.night_id, d.stay_id, d.room_id, d.date, d.folio_id, g.item_id, g.is_included, g.charge_code_id,
           g.department, g.text, g.quantity, g.tax_percent, g.amount
      FROM given g JOIN due d ON d.night_id = g.night_id WHERE g.amount > 0 AND d.folio_id IS NOT NULL),
routed AS MATERIALIZED (
    SELECT l.*, target.folio_id AS to_id, target.folio_kind,
           sum(l.amount) OVER (PARTITION BY target.folio_id ORDER BY l.stay_id, l.date, l.item_id NULLS FIRST) AS so_far
      FROM lines l LEFT JOIN LATERAL ({
    TARGET.format(
        stay="l.stay_id",
        date="%(date)s",
        code="l.charge_code_id",
        is_package="l.item_id IS NOT NULL",
        department="l.department",
    )
}) target ON true),
credit AS MATERIALIZED (
    SELECT f.id AS folio_id, CASE WHEN c.is_active AND coalesce(c.agreement_until >= %(date)s, true)
           THEN c.credit_limit - (SELECT coalesce(sum(e.amount), 0) FROM hotel_folioentry e
                                   WHERE e.folio_id = f.id AND e.ledger <> 'deposit') END AS most
      FROM hotel_folio f JOIN hotel_company c ON c.id = f.company_id
     WHERE f.id IN (SELECT to_id FROM routed WHERE folio_kind = 'company')),
posted AS MATERIALIZED (
    SELECT r.*, nextval(pg_get_serial_sequence('hotel_folioentry', 'id')) AS entry_id,
           CASE WHEN r.folio_kind <> 'company' OR r.so_far <= c.most THEN r.to_id END AS elsewhere
      FROM routed r LEFT JOIN credit c ON c.folio_id = r.to_id),
packages AS MATERIALIZED (
    SELECT p.*, r.entry_id AS with_id FROM posted p
      LEFT JOIN posted r ON r.night_id = p.night_id AND r.item_id IS NULL WHERE p.item_id IS NOT NULL),
entries AS (
    INSERT INTO hotel_folioentry (id, folio_id, stay_id, property_id, business_date, ledger, kind, department,
        charge_code_id, tender, text, quantity, amount, tax_percent, night_on, reference, reason, at)
    SELECT p.entry_id, coalesce(p.elsewhere, p.folio_id), CASE WHEN p.elsewhere IS NOT NULL THEN p.stay_id END,
        %(house)s, %(date)s, CASE WHEN p.elsewhere IS NOT NULL AND p.folio_kind = 'company' THEN 'company'
        ELSE 'guest' END, 'charge', p.department, p.charge_code_id, '', p.text, p.quantity, p.amount, p.tax_percent,
        p.date, coalesce('#' || k.with_id, ''), '', %(at)s
      FROM posted p LEFT JOIN packages k ON k.entry_id = p.entry_id),
charges AS (
    INSERT INTO hotel_roomcharge (night_id, entry_id) SELECT night_id, entry_id FROM posted WHERE item_id IS NULL),
package_charges AS (
    INSERT INTO hotel_packagecharge (night_id, item_id, entry_id) SELECT night_id, item_id, entry_id FROM packages)
INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, entry_id, details)
SELECT %(run)s, %(step)s, x.stay_id, x.room_id, x.outcome, x.amount, x.entry_id, x.details FROM (
    SELECT d.stay_id, d.room_id, d.date, 0 AS nth,
           CASE WHEN d.price = 0 THEN 'free' ELSE 'skipped' END AS outcome, 0 AS amount, NULL::bigint AS entry_id,
           CASE WHEN d.price > 0 THEN jsonb_build_object('night', d.date, 'price', d.price, 'why', 'folio_closed')
                ELSE jsonb_build_object('night', d.date) END AS details
      FROM due d WHERE d.price = 0 OR d.folio_id IS NULL
    UNION ALL
    SELECT p.stay_id, p.room_id, p.date, 0, 'posted', p.amount, p.entry_id, jsonb_build_object('night', p.date)
      FROM posted p WHERE p.item_id IS NULL
    UNION ALL
    SELECT k.stay_id, k.room_id, k.date, k.item_id, 'package', k.amount, k.entry_id,
           jsonb_build_object('night', k.date, 'item', k.text, 'included', k.is_included, 'with', k.with_id)
      FROM packages k) x
 ORDER BY x.stay_id, x.date, x.nth
"""
DROP_UNPOSTED = """
DELETE FROM hotel_auditresult WHERE run_id = %(run)s AND step = %(step)s AND outcome IN ('free', 'skipped')
"""
POSTED = """
SELECT count(*) FILTER (WHERE outcome = 'posted'),
       coalesce(sum(amount) FILTER (WHERE outcome = 'posted'), 0)::numeric(14, 2),
       count(*) FILTER (WHERE outcome = 'package'),
       coalesce(sum(amount) FILTER (WHERE outcome = 'package'), 0)::numeric(14, 2),
       count(*) FILTER (WHERE outcome = 'free'), count(*) FILTER (WHERE outcome = 'skipped')
  FROM hotel_auditresult WHERE run_id = %(run)s AND step = %(step)s
"""
UNCHARGED = f"""
SELECT count(*) FROM ({NIGHTS}) d
 WHERE d.price > 0 AND d.folio_id IS NOT NULL
"""
DAY_USE = """
INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, details)
SELECT %(run)s, %(step)s, s.id, s.room_id, 'day_use',
       coalesce((SELECT sum(e.amount) FROM hotel_folio f JOIN hotel_folioentry e ON e.folio_id = f.id
                  WHERE f.stay_id = s.id AND e.kind = 'charge'), 0)
       + coalesce((SELECT sum(e.amount) FROM hotel_folioentry e WHERE e.stay_id = s.id AND e.kind = 'charge'), 0),
       jsonb_build_object('hours', s.hours)
  FROM hotel_stay s
 WHERE s.property_id = %(house)s AND s.arrival_on = %(date)s AND s.is_day_use
   AND s.status IN ('in_house', 'checked_out') ORDER BY s.id
"""

# Nobody can post while this is held: the trigger of folio entries shares the row.
LOCK_HOUSE = "SELECT business_date FROM hotel_property WHERE id = %(house)s FOR NO KEY UPDATE"

# Per type and (type none) for the house. Room revenue is of stays with nights, without what their prices include; what
# day use pays is other revenue. OFFSET 0: the stays of the date's nights are looked up, not all there ever were read.
FIGURES = """
WITH fresh AS MATERIALIZED (
    SELECT st.room_type_id, e.department = 'room' AND st.id IS NOT NULL AND NOT st.is_day_use AS is_room,
           sum(e.amount) AS amount
      FROM hotel_folioentry e JOIN hotel_folio f ON f.id = e.folio_id
      LEFT JOIN hotel_stay st ON st.id = coalesce(e.stay_id, f.stay_id)
     WHERE e.property_id = %(house)s AND e.business_date = %(date)s AND e.kind IN ('charge', 'write_off')
     GROUP BY 1, 2),
money AS (
    SELECT room_type_id AS type, coalesce(sum(amount) FILTER (WHERE is_room), 0) AS room,
           coalesce(sum(amount) FILTER (WHERE NOT is_room), 0) AS other
      FROM fresh GROUP BY room_type_id),
rooms AS MATERIALIZED (
    SELECT r.room_type_id AS type, count(*) AS rooms,
           count(*) FILTER (WHERE EXISTS (SELECT FROM hotel_roomblock b WHERE b.room_id = r.id AND b.kind = 'ooo'
                AND b.ended_at IS NULL AND b.from_on <= %(date)s AND b.until_on > %(date)s)) AS out_of_order
      FROM hotel_room r
     WHERE r.property_id = %(house)s AND r.in_service_from <= %(date)s
       AND (r.in_service_until IS NULL OR r.in_service_until > %(date)s)
     GROUP BY r.room_type_id),
nights AS MATERIALIZED (
    SELECT n.room_type_id AS type, count(*) AS sold, count(*) FILTER (WHERE n.price = 0) AS complimentary,
           sum(s.adults + s.children) AS persons
      FROM hotel_roomnight n CROSS JOIN LATERAL (SELECT * FROM hotel_stay s WHERE s.id = n.stay_id OFFSET 0) s
     WHERE n.date = %(date)s AND s.property_id = %(house)s AND s.status IN ('in_house', 'checked_out')
     GROUP BY n.room_type_id),
coming AS MATERIALIZED (
    SELECT s.room_type_id AS type,
           count(*) FILTER (WHERE s.is_day_use AND s.status IN ('in_house', 'checked_out')) AS day_use,
           count(*) FILTER (WHERE NOT s.is_day_use AND s.status IN ('in_house', 'checked_out')) AS arrivals,
           count(*) FILTER (WHERE s.status = 'no_show') AS no_shows
      FROM hotel_stay s WHERE s.property_id = %(house)s AND s.arrival_on = %(date)s
     GROUP BY s.room_type_id),
leaving AS MATERIALIZED (
    SELECT s.room_type_id AS type, count(*) AS departures
      FROM hotel_stay s
     WHERE s.property_id = %(house)s AND s.departure_on = %(date)s AND s.status = 'checked_out' AND NOT s.is_day_use
       AND s.arrival_on >= %(date)s - 400
     GROUP BY s.room_type_id),
per_type AS (
    SELECT t.id AS type, coalesce(r.rooms, 0) AS rooms, coalesce(r.out_of_order, 0) AS out_of_order,
           coalesce(n.sold, 0) AS sold, coalesce(n.complimentary, 0) AS complimentary,
           coalesce(c.day_use, 0) AS day_use, coalesce(c.arrivals, 0) AS arrivals,
           coalesce(l.departures, 0) AS departures, coalesce(c.no_shows, 0) AS no_shows,
           coalesce(n.persons, 0) AS persons, coalesce(m.room, 0) AS room, coalesce(m.other, 0) AS other
      FROM hotel_roomtype t LEFT JOIN rooms r ON r.type = t.id LEFT JOIN nights n ON n.type = t.id
      LEFT JOIN coming c ON c.type = t.id LEFT JOIN leaving l ON l.type = t.id LEFT JOIN money m ON m.type = t.id
     WHERE t.property_id = %(house)s)
INSERT INTO hotel_dailyfigure (property_id, date, room_type_id, rooms, out_of_order, sold, complimentary, day_use,
    arrivals, departures, no_shows, persons, room_revenue, other_revenue)
SELECT %(house)s, %(date)s, type, rooms, out_of_order, sold, complimentary, day_use, arrivals, departures, no_shows,
       persons, room, other FROM per_type
UNION ALL
SELECT %(house)s, %(date)s, NULL, coalesce(sum(rooms), 0), coalesce(sum(out_of_order), 0), coalesce(sum(sold), 0),
       coalesce(sum(complimentary), 0), coalesce(sum(day_use), 0), coalesce(sum(arrivals), 0),
       coalesce(sum(departures), 0), coalesce(sum(no_shows), 0), coalesce(sum(persons), 0),
       (SELECT coalesce(sum(room), 0) FROM money), (SELECT coalesce(sum(other), 0) FROM money)
  FROM per_type
"""

# A package's entries name their night and are no room charge; so do the entries that reverse them.
REVENUES = """
INSERT INTO hotel_dailyrevenue (property_id, date, department, amount, packages)
SELECT %(house)s, %(date)s, e.department, sum(e.amount),
       coalesce(sum(e.amount) FILTER (WHERE e.night_on IS NOT NULL AND e.department <> 'room'), 0)
  FROM hotel_folioentry e
 WHERE e.property_id = %(house)s AND e.business_date = %(date)s AND e.kind IN ('charge', 'write_off')
 GROUP BY e.department
"""

# Opening is yesterday's closing (for the first date audited: all that was posted before). Closing is the sum of the
# date's entries over that, whatever their kind; the other columns go by kind, so the constraint that they add up is a
# proof. What a company takes over leaves the guest ledger by a transfer, not by a payment.
PROOF = """
INSERT INTO hotel_ledgerproof (property_id, date, ledger, opening, charges, payments, transfers, closing)
SELECT %(house)s, %(date)s, l.ledger, o.opening, coalesce(d.charges, 0), coalesce(d.payments, 0),
       coalesce(d.transfers, 0), o.opening + coalesce(d.moved, 0)
  FROM unnest(ARRAY['guest', 'deposit', 'company']) AS l(ledger)
  LEFT JOIN (
    SELECT e.ledger, sum(e.amount) AS moved,
           sum(e.amount) FILTER (WHERE e.kind IN ('charge', 'write_off')) AS charges,
           -sum(e.amount) FILTER (WHERE e.kind IN ('payment', 'refund', 'deposit', 'deposit_refund', 'paid_out')
                                    AND NOT (e.kind IN ('payment', 'refund') AND e.tender = 'company')) AS payments,
           sum(e.amount) FILTER (WHERE e.kind IN ('transfer', 'deposit_applied')
                                    OR (e.kind IN ('payment', 'refund') AND e.tender = 'company')) AS transfers
      FROM hotel_folioentry e WHERE e.property_id = %(house)s AND e.business_date = %(date)s
     GROUP BY e.ledger) d ON d.ledger = l.ledger
  CROSS JOIN LATERAL (SELECT coalesce(
    (SELECT p.closing FROM hotel_ledgerproof p WHERE p.property_id = %(house)s AND p.ledger = l.ledger
        AND p.date < %(date)s ORDER BY p.date DESC LIMIT 1),
    (SELECT sum(e.amount) FROM hotel_folioentry e WHERE e.property_id = %(house)s AND e.ledger = l.ledger
        AND e.business_date < %(date)s AND NOT EXISTS (
            SELECT FROM hotel_ledgerproof p WHERE p.property_id = %(house)s AND p.date < %(date)s)), 0) AS opening) o
"""
# In two parts, each by its own index: what is ahead is little beside what has been. Who did not come is a no-show.
ON_THE_BOOKS = """
INSERT INTO hotel_onthebooks (property_id, seen_on, date, sold, revenue)
SELECT %(house)s, %(date)s, n.date, count(*), sum(n.price)
  FROM (SELECT id FROM hotel_stay WHERE property_id = %(house)s AND status IN ('tentative', 'confirmed')
           AND departure_on > %(date)s + 1 AND arrival_on > %(date)s AND arrival_on <= %(until)s
        UNION ALL
        SELECT id FROM hotel_stay WHERE property_id = %(house)s AND status = 'in_house'
           AND departure_on > %(date)s + 1) s
  JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date > %(date)s AND n.date <= %(until)s
 GROUP BY n.date
"""
ROLL = "UPDATE hotel_property SET business_date = %(date)s + 1 WHERE id = %(house)s"

# Guests who sleep on: their rooms have to be made up. What they were before is kept for a reversal.
STAY_OVERS = """
WITH kept AS MATERIALIZED (
    SELECT r.id, r.housekeeping, s.id AS stay_id FROM hotel_room r JOIN hotel_stay s ON s.room_id = r.id
     WHERE s.property_id = %(house)s AND s.status = 'in_house' AND r.housekeeping <> 'dirty'
     ORDER BY r.id FOR NO KEY UPDATE OF r),
dirty AS (UPDATE hotel_room r SET housekeeping = 'dirty', housekeeping_at = %(at)s, version = r.version + 1
            FROM kept k WHERE r.id = k.id)
INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, details)
SELECT %(run)s, %(step)s, k.stay_id, k.id, 'dirty', 0, jsonb_build_object('was', k.housekeeping)
  FROM kept k ORDER BY k.id
"""
