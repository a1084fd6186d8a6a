"""The audit's work on the whole house, each one statement for any number of rooms."""

# Locks: stays by key, then their open folios by key, as check-out does; the statement after them sees what they left.
LOCK_STAYS = """
SELECT s.id FROM hotel_stay s
 WHERE s.property_id = %(house)s AND s.status = 'in_house' ORDER BY s.id FOR NO KEY UPDATE
"""
LOCK_FOLIOS = """
SELECT f.id FROM hotel_folio f JOIN hotel_stay s ON s.id = f.stay_id
 WHERE s.property_id = %(house)s AND s.status = 'in_house' AND f.closed_at IS NULL
 ORDER BY f.id FOR NO KEY UPDATE OF f
"""

# Nights in the house that carry no charge: tonight's, and older ones the desk reversed or a late arrival left.
DUE = """
SELECT n.id AS night_id, n.date, n.price, s.id AS stay_id, s.room_id, s.rate_plan_id, s.adults, w.folio_id
  FROM hotel_stay s
  JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date <= %(date)s AND (n.price > 0 OR n.date = %(date)s)
  LEFT JOIN LATERAL (SELECT f.id AS folio_id FROM hotel_folio f WHERE f.stay_id = s.id AND f.closed_at IS NULL
                      ORDER BY f."window" LIMIT 1) w ON true
 WHERE s.property_id = %(house)s AND s.status = 'in_house'
   AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id)
"""
WITHOUT_FOLIO = """
SELECT s.id FROM hotel_stay s WHERE s.property_id = %(house)s AND s.status = 'in_house'
   AND NOT EXISTS (SELECT FROM hotel_folio f WHERE f.stay_id = s.id) ORDER BY s.id
"""
# Entries, the charge of each night (its primary key is what makes posting twice impossible) and a result per stay.
CHARGE = f"""
WITH due AS MATERIALIZED ({DUE}),
code AS MATERIALIZED (
    SELECT (SELECT c.id FROM hotel_chargecode c WHERE c.property_id = %(house)s AND c.department = 'room'
               AND c.is_active ORDER BY c.code <> 'ROOM', c.code LIMIT 1) AS id),
posted AS MATERIALIZED (
    SELECT d.*, nextval(pg_get_serial_sequence('hotel_folioentry', 'id')) AS entry_id
      FROM due d WHERE d.price > 0 AND d.folio_id IS NOT NULL),
entries AS (
    INSERT INTO hotel_folioentry (id, folio_id, property_id, business_date, ledger, kind, department, charge_code_id,
        tender, text, quantity, amount, tax_percent, night_on, reference, reason, at)
    SELECT p.entry_id, p.folio_id, %(house)s, %(date)s, 'guest', 'charge', 'room', code.id,
        '', coalesce(c.name, %(text)s), 1, p.price, coalesce(c.tax_percent, 6), p.date, '', '', %(at)s
      FROM posted p CROSS JOIN code LEFT JOIN hotel_chargecode c ON c.id = code.id),
charges AS (INSERT INTO hotel_roomcharge (night_id, entry_id) SELECT night_id, entry_id FROM posted)
INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, entry_id, details)
SELECT %(run)s, %(step)s, d.stay_id, d.room_id,
       CASE WHEN p.entry_id IS NOT NULL THEN 'posted' WHEN d.price = 0 THEN 'free' ELSE 'skipped' END,
       coalesce(p.price, 0), p.entry_id,
       CASE WHEN p.entry_id IS NULL AND d.price > 0
            THEN jsonb_build_object('night', d.date, 'price', d.price, 'why', 'folio_closed')
            ELSE jsonb_build_object('night', d.date) END
  FROM due d LEFT JOIN posted p ON p.night_id = d.night_id
 ORDER BY d.stay_id, d.date
"""
DROP_UNPOSTED = """
DELETE FROM hotel_auditresult WHERE run_id = %(run)s AND step = %(step)s AND outcome IN ('free', 'skipped')
"""
POSTED = """
SELECT count(*) FILTER (WHERE outcome = 'posted'), coalesce(sum(amount), 0)::numeric(14, 2),
       count(*) FILTER (WHERE outcome = 'free'), count(*) FILTER (WHERE outcome = 'skipped')
  FROM hotel_auditresult WHERE run_id = %(run)s AND step = %(step)s
"""
UNCHARGED = f"""
SELECT count(*) FROM ({DUE}) d
 WHERE d.price > 0 AND d.folio_id IS NOT NULL
"""
BREAKFASTS = """
SELECT coalesce(sum(p.breakfasts), 0) FROM hotel_stay s
  JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date = %(date)s JOIN hotel_rateplan p ON p.id = s.rate_plan_id
 WHERE s.property_id = %(house)s AND s.status = 'in_house'
"""
DAY_USE = """
INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, details)
SELECT %(run)s, %(step)s, s.id, s.room_id, 'day_use',
       coalesce((SELECT sum(e.amount) FROM hotel_folio f JOIN hotel_folioentry e ON e.folio_id = f.id
                  WHERE f.stay_id = s.id AND e.kind = 'charge'), 0), jsonb_build_object('hours', s.hours)
  FROM hotel_stay s
 WHERE s.property_id = %(house)s AND s.arrival_on = %(date)s AND s.is_day_use
   AND s.status IN ('in_house', 'checked_out') ORDER BY s.id
"""

# Nobody can post while this is held: the trigger of folio entries shares the row.
LOCK_HOUSE = "SELECT business_date FROM hotel_property WHERE id = %(house)s FOR NO KEY UPDATE"

# Per type and (type none) for the house. Room revenue is of stays with nights; what day use pays is other revenue.
FIGURES = """
WITH fresh AS MATERIALIZED (
    SELECT st.room_type_id, e.department = 'room' AND st.id IS NOT NULL AND NOT st.is_day_use AS is_room,
           sum(e.amount) AS amount
      FROM hotel_folioentry e JOIN hotel_folio f ON f.id = e.folio_id LEFT JOIN hotel_stay st ON st.id = f.stay_id
     WHERE e.property_id = %(house)s AND e.business_date = %(date)s AND e.kind IN ('charge', 'write_off')
     GROUP BY 1, 2),
money AS (
    SELECT room_type_id AS type, coalesce(sum(amount) FILTER (WHERE is_room), 0) AS room,
           coalesce(sum(amount) FILTER (WHERE NOT is_room), 0) AS other
      FROM fresh GROUP BY room_type_id),
rooms AS (
    SELECT r.room_type_id AS type, count(*) AS rooms,
           count(*) FILTER (WHERE EXISTS (SELECT FROM hotel_roomblock b WHERE b.room_id = r.id AND b.kind = 'ooo'
                AND b.ended_at IS NULL AND b.from_on <= %(date)s AND b.until_on > %(date)s)) AS out_of_order
      FROM hotel_room r
     WHERE r.property_id = %(house)s AND r.in_service_from <= %(date)s
       AND (r.in_service_until IS NULL OR r.in_service_until > %(date)s)
     GROUP BY r.room_type_id),
nights AS (
    SELECT n.room_type_id AS type, count(*) AS sold, count(*) FILTER (WHERE n.price = 0) AS complimentary,
           sum(s.adults + s.children) AS persons
      FROM hotel_roomnight n JOIN hotel_stay s ON s.id = n.stay_id
     WHERE n.date = %(date)s AND s.property_id = %(house)s AND s.status IN ('in_house', 'checked_out')
     GROUP BY n.room_type_id),
coming AS (
    SELECT s.room_type_id AS type,
           count(*) FILTER (WHERE s.is_day_use AND s.status IN ('in_house', 'checked_out')) AS day_use,
           count(*) FILTER (WHERE NOT s.is_day_use AND s.status IN ('in_house', 'checked_out')) AS arrivals,
           count(*) FILTER (WHERE s.status = 'no_show') AS no_shows
      FROM hotel_stay s WHERE s.property_id = %(house)s AND s.arrival_on = %(date)s
     GROUP BY s.room_type_id),
leaving AS (
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
ON_THE_BOOKS = """
INSERT INTO hotel_onthebooks (property_id, seen_on, date, sold, revenue)
SELECT %(house)s, %(date)s, n.date, count(*), sum(n.price)
  FROM hotel_stay s JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date > %(date)s AND n.date <= %(until)s
 WHERE s.property_id = %(house)s AND s.status IN ('tentative', 'confirmed', 'in_house')
   AND s.departure_on > %(date)s + 1 AND s.arrival_on <= %(until)s
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
