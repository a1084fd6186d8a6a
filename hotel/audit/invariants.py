"""What must hold of closed dates, proved by `manage.py check_books`."""

from oms.lib.books import Invariant

DATE = "p.code || ' ' || {date} AS reference"
LEDGER = "p.code || ' ' || {date} || ' ' || {ledger} AS reference"

# How an entry counts in the proof, as in hotel.audit.services.statements.PROOF.
SUMS = """SELECT e.property_id, e.business_date, e.ledger, sum(e.amount) AS moved,
       coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('charge', 'write_off')), 0) AS charges,
       coalesce(-sum(e.amount) FILTER (WHERE e.kind IN ('payment', 'refund', 'deposit', 'deposit_refund', 'paid_out')
                                AND NOT (e.kind IN ('payment', 'refund') AND e.tender = 'company')), 0) AS payments
  FROM hotel_folioentry e GROUP BY 1, 2, 3"""

INVARIANTS = [
    Invariant(
        "audit_proof_is_sum_of_entries",
        f"""SELECT {LEDGER.format(date="l.date", ledger="l.ledger")}, format('proof: %s, %s, %s; '
                   'entries: %s, %s, %s', l.charges, l.payments, l.closing, coalesce(e.charges, 0),
                   coalesce(e.payments, 0), l.opening + coalesce(e.moved, 0)) AS fact
              FROM hotel_ledgerproof l JOIN hotel_property p ON p.id = l.property_id
              LEFT JOIN ({SUMS}) e ON e.property_id = l.property_id AND e.business_date = l.date
                   AND e.ledger = l.ledger
             WHERE (l.charges, l.payments, l.closing) IS DISTINCT FROM
                   (coalesce(e.charges, 0), coalesce(e.payments, 0), l.opening + coalesce(e.moved, 0))""",
    ),
    Invariant(
        "audit_proof_opens_where_the_last_closed",
        f"""SELECT {LEDGER.format(date="x.date", ledger="x.ledger")}, format('opens with %s, entries before: %s',
                   x.opening, x.before) AS fact
              FROM (SELECT l.*, coalesce(lag(l.closing) OVER (PARTITION BY l.property_id, l.ledger ORDER BY l.date),
                        (SELECT sum(e.amount) FROM hotel_folioentry e WHERE e.property_id = l.property_id
                            AND e.ledger = l.ledger AND e.business_date < l.date), 0) AS before
                      FROM hotel_ledgerproof l) x
              JOIN hotel_property p ON p.id = x.property_id WHERE x.opening <> x.before""",
    ),
    Invariant(
        "audit_closed_date_has_figures_and_proofs",
        f"""SELECT {DATE.format(date="a.business_date")}, format('%s house figures, %s proofs', f.n, l.n) AS fact
              FROM hotel_auditrun a JOIN hotel_property p ON p.id = a.property_id
             CROSS JOIN LATERAL (SELECT count(*) AS n FROM hotel_dailyfigure d WHERE d.property_id = a.property_id
                                    AND d.date = a.business_date AND d.room_type_id IS NULL) f
             CROSS JOIN LATERAL (SELECT count(*) AS n FROM hotel_ledgerproof d WHERE d.property_id = a.property_id
                                    AND d.date = a.business_date) l
             WHERE a.status = 'done' AND (f.n, l.n) <> (1, 3)""",
    ),
    Invariant(
        "audit_figures_are_of_closed_dates",
        f"""SELECT {DATE.format(date="d.date")}, format('the date is open: today is %s',
                   p.business_date) AS fact
              FROM hotel_dailyfigure d JOIN hotel_property p ON p.id = d.property_id
             WHERE d.date >= p.business_date AND d.room_type_id IS NULL""",
    ),
    Invariant(
        "audit_figures_are_the_ledgers",
        f"""SELECT {DATE.format(date="d.date")}, format('figures %s + %s, ledgers %s', d.room_revenue,
                   d.other_revenue, l.charges) AS fact
              FROM hotel_dailyfigure d JOIN hotel_property p ON p.id = d.property_id
              JOIN (SELECT property_id, date, sum(charges) AS charges FROM hotel_ledgerproof GROUP BY 1, 2) l
                   ON l.property_id = d.property_id AND l.date = d.date
             WHERE d.room_type_id IS NULL AND d.room_revenue + d.other_revenue <> l.charges""",
    ),
    Invariant(
        "audit_house_figure_is_sum_of_types",
        f"""SELECT {DATE.format(date="h.date")}, format('house: %s of %s sold, types: %s of %s',
                   h.sold, h.rooms, t.sold, t.rooms) AS fact
              FROM hotel_dailyfigure h JOIN hotel_property p ON p.id = h.property_id
              JOIN (SELECT property_id, date, sum(rooms) AS rooms, sum(sold) AS sold, sum(persons) AS persons
                      FROM hotel_dailyfigure WHERE room_type_id IS NOT NULL GROUP BY 1, 2) t
                   ON t.property_id = h.property_id AND t.date = h.date
             WHERE h.room_type_id IS NULL AND (h.rooms, h.sold, h.persons) <> (t.rooms, t.sold, t.persons)""",
    ),
    Invariant(
        "audit_night_slept_is_charged_or_skipped",
        """SELECT s.number AS reference, format('%s for %s, neither charged nor skipped', n.date, n.price) AS fact
             FROM hotel_stay s JOIN hotel_property p ON p.id = s.property_id
             JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date < p.business_date AND n.price > 0
             JOIN hotel_auditrun a ON a.property_id = s.property_id AND a.business_date = n.date AND a.status = 'done'
            WHERE s.status = 'in_house' AND s.checked_in_at < a.started_at
              AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id)
              AND NOT EXISTS (SELECT FROM hotel_auditresult r WHERE r.run_id = a.id AND r.stay_id = s.id)
              AND NOT EXISTS (SELECT FROM hotel_folio f JOIN hotel_folioentry e ON e.folio_id = f.id
                               WHERE f.stay_id = s.id AND e.night_on = n.date)
              AND NOT EXISTS (SELECT FROM hotel_folioentry e WHERE e.stay_id = s.id AND e.night_on = n.date)""",
    ),
    Invariant(
        "audit_room_charge_is_of_its_night",
        """SELECT n.stay_id || ' ' || n.date AS reference, format('charged for %s', e.night_on) AS fact
             FROM hotel_roomcharge c JOIN hotel_roomnight n ON n.id = c.night_id
             JOIN hotel_folioentry e ON e.id = c.entry_id
            WHERE e.night_on IS DISTINCT FROM n.date""",
    ),
    Invariant(
        "audit_price_of_a_night_is_its_room_charge_and_what_it_includes",
        """SELECT n.stay_id || ' ' || n.date AS reference, format('price %s, room %s, included %s', n.price, r.amount,
                  coalesce(k.amount, 0)) AS fact
             FROM hotel_roomcharge c JOIN hotel_roomnight n ON n.id = c.night_id
             JOIN hotel_auditresult r ON r.entry_id = c.entry_id AND r.outcome = 'posted'
             LEFT JOIN (SELECT details->>'with' AS room, sum(amount) AS amount FROM hotel_auditresult
                         WHERE outcome = 'package' AND details->>'included' = 'true' GROUP BY 1) k
                  ON k.room = c.entry_id::text
            WHERE n.price <> r.amount + coalesce(k.amount, 0)""",
    ),
    Invariant(
        "audit_daily_revenue_is_the_ledgers",
        f"""SELECT {DATE.format(date="l.date")}, format('departments %s, ledgers %s', coalesce(d.amount, 0),
                   l.charges) AS fact
              FROM (SELECT property_id, date, sum(charges) AS charges FROM hotel_ledgerproof GROUP BY 1, 2) l
              JOIN hotel_property p ON p.id = l.property_id
              LEFT JOIN (SELECT property_id, date, sum(amount) AS amount FROM hotel_dailyrevenue GROUP BY 1, 2) d
                   ON d.property_id = l.property_id AND d.date = l.date
             WHERE l.charges <> coalesce(d.amount, 0)
               AND l.date >= (SELECT min(f.date) FROM hotel_dailyrevenue f WHERE f.property_id = l.property_id)""",
    ),
    Invariant(
        "audit_result_posted_names_its_entry",
        """SELECT r.run_id || '/' || r.id AS reference, format('posted %s, entry %s says %s', r.amount, r.entry_id,
                  e.amount) AS fact
             FROM hotel_auditresult r LEFT JOIN hotel_folioentry e ON e.id = r.entry_id
            WHERE r.outcome IN ('posted', 'package') AND r.amount IS DISTINCT FROM e.amount""",
    ),
]
