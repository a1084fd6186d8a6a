"""What is always true of folios. Each query selects the breaches: reference, fact.

A company above its limit is no breach: a limit may be lowered below what is owed.
"""

from __future__ import annotations

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "a closed folio owes nothing and holds nothing",
        """
        SELECT f.number AS reference, format('balance %s, deposit %s', e.balance, e.deposit) AS fact
        FROM hotel_folio f
        JOIN (
            SELECT folio_id, coalesce(sum(amount) FILTER (WHERE ledger <> 'deposit'), 0) AS balance,
                coalesce(-sum(amount) FILTER (WHERE ledger = 'deposit'), 0) AS deposit
            FROM hotel_folioentry GROUP BY folio_id
        ) e ON e.folio_id = f.id
        WHERE f.closed_at IS NOT NULL AND (e.balance <> 0 OR e.deposit <> 0)
        """,
    ),
    Invariant(
        "what leaves a folio or a ledger arrives in another",
        """
        SELECT transfer_id AS reference, format('%s entries, sum %s', count(*), sum(amount)) AS fact
        FROM hotel_folioentry WHERE transfer_id IS NOT NULL
        GROUP BY transfer_id HAVING sum(amount) <> 0 OR count(*) % 2 = 1
        """,
    ),
    Invariant(
        "a transfer or an applied deposit is one of a pair",
        """
        SELECT id AS reference, kind AS fact FROM hotel_folioentry
        WHERE kind IN ('transfer', 'deposit_applied') AND transfer_id IS NULL
        """,
    ),
    Invariant(
        "no more deposit is given back or applied than was taken by that tender",
        """
        SELECT f.number AS reference, format('%s: %s', e.tender, -sum(e.amount)) AS fact
        FROM hotel_folioentry e JOIN hotel_folio f ON f.id = e.folio_id
        WHERE e.ledger = 'deposit' GROUP BY f.number, e.tender HAVING sum(e.amount) > 0
        """,
    ),
    Invariant(
        "no more is refunded than was paid by that tender",
        """
        SELECT f.number AS reference, format('%s: %s', e.tender, -sum(e.amount)) AS fact
        FROM hotel_folioentry e JOIN hotel_folio f ON f.id = e.folio_id
        WHERE e.ledger <> 'deposit' AND e.tender <> '' AND NOT (e.ledger = 'company' AND e.tender = 'company')
            AND e.kind IN ('payment', 'refund', 'deposit_applied', 'transfer')
            AND NOT EXISTS (SELECT FROM hotel_memberentry m JOIN hotel_folioentry v ON v.id = m.folio_entry_id
                WHERE v.folio_id = f.id AND m.kind = 'refund')
        GROUP BY f.number, e.tender HAVING sum(e.amount) > 0
        """,
    ),
    Invariant(
        "stored value paid back left the member and the till alike",
        """
        SELECT f.number AS reference,
            format('%s left the member, %s the folio, %s the till', m.value, v.amount, sum(e.amount)) AS fact
        FROM hotel_memberentry m
        LEFT JOIN hotel_memberentry u ON u.reverses_id = m.id
        JOIN hotel_folioentry v ON v.id = m.folio_entry_id JOIN hotel_folio f ON f.id = v.folio_id
        LEFT JOIN hotel_folioentry e ON e.folio_id = f.id AND e.kind = 'refund'
        WHERE m.kind = 'refund'
        GROUP BY f.number, f.closed_at, m.value, u.id, v.amount
        HAVING m.value <> v.amount OR f.closed_at IS NOT NULL AND
            coalesce(sum(e.amount), 0) <> CASE WHEN u.id IS NULL THEN -m.value ELSE 0 END
        """,
    ),
    Invariant(
        "a reversed folio entry has its opposite on the same folio",
        """
        SELECT r.id AS reference, format('%s reverses %s of %s', r.amount, e.amount, e.id) AS fact
        FROM hotel_folioentry r JOIN hotel_folioentry e ON e.id = r.reverses_id
        WHERE r.amount <> -e.amount OR (r.folio_id, r.ledger, r.kind, r.tender) IS DISTINCT FROM
            (e.folio_id, e.ledger, e.kind, e.tender) OR e.reverses_id IS NOT NULL
        """,
    ),
    Invariant(
        "a charged night has a charge that stands",
        """
        SELECT c.night_id AS reference, format('entry %s is reversed or no charge', e.id) AS fact
        FROM hotel_roomcharge c JOIN hotel_folioentry e ON e.id = c.entry_id
        LEFT JOIN hotel_folioentry r ON r.reverses_id = e.id
        WHERE r.id IS NOT NULL OR e.kind <> 'charge'
        """,
    ),
    Invariant(
        "a charged package has a charge that stands, of its stay's night",
        """
        SELECT c.id AS reference, format('entry %s of %s, night %s', e.id, e.night_on, n.date) AS fact
        FROM hotel_packagecharge c JOIN hotel_folioentry e ON e.id = c.entry_id
        JOIN hotel_roomnight n ON n.id = c.night_id JOIN hotel_staypackage k ON k.id = c.item_id
        LEFT JOIN hotel_folioentry r ON r.reverses_id = e.id
        WHERE r.id IS NOT NULL OR e.kind <> 'charge' OR e.night_on IS DISTINCT FROM n.date OR k.stay_id <> n.stay_id
            OR e.charge_code_id <> k.charge_code_id
        """,
    ),
    Invariant(
        "a charge brought to another folio is of a stay of the same hotel",
        """
        SELECT e.id AS reference, format('stay %s on folio %s', s.number, f.number) AS fact
        FROM hotel_folioentry e JOIN hotel_stay s ON s.id = e.stay_id JOIN hotel_folio f ON f.id = e.folio_id
        WHERE s.property_id <> e.property_id OR e.kind NOT IN ('charge', 'transfer')
        """,
    ),
    Invariant(
        "an entry is in a ledger of its folio, in the folio's hotel",
        """
        SELECT e.id AS reference, format('%s entry on a %s folio', e.ledger, f.kind) AS fact
        FROM hotel_folioentry e JOIN hotel_folio f ON f.id = e.folio_id LEFT JOIN hotel_shift s ON s.id = e.shift_id
        WHERE e.property_id <> f.property_id OR s.property_id <> f.property_id
            OR (e.ledger <> 'deposit' AND (e.ledger = 'company') <> (f.kind = 'company'))
        """,
    ),
    Invariant(
        "a capture is a card payment of at most what was held",
        """
        SELECT p.reference AS reference, format('%s held, %s taken', p.amount, -e.amount) AS fact
        FROM hotel_preauthorisation p JOIN hotel_folioentry e ON e.id = p.captured_id
        WHERE -e.amount > p.amount OR e.folio_id <> p.folio_id OR e.kind <> 'payment'
        """,
    ),
    Invariant(
        "a counted shift keeps what was expected",
        """
        SELECT s.id AS reference, format('%s: %s frozen, %s by entries', t.tender, t.frozen, t.now) AS fact
        FROM hotel_shift s CROSS JOIN LATERAL (
            SELECT coalesce(x.tender, f.key) AS tender, coalesce(f.value::numeric, 0) AS frozen,
                coalesce(x.amount, 0)
                    + CASE WHEN coalesce(x.tender, f.key) = 'cash' THEN s.opening_cash ELSE 0 END AS now
            FROM (SELECT tender, -sum(amount) AS amount FROM hotel_folioentry e
                  WHERE e.shift_id = s.id AND e.kind IN ('payment', 'refund', 'deposit', 'deposit_refund', 'paid_out')
                  GROUP BY tender) x
            FULL JOIN jsonb_each_text(s.expected) f ON f.key = x.tender
        ) t WHERE s.counted_at IS NOT NULL AND t.frozen <> t.now
        """,
    ),
    Invariant(
        "stored value that pays a folio is spent by a member",
        """
        SELECT e.id AS reference, format('%s paid, %s spent', -e.amount, coalesce(m.spent, 0)) AS fact
        FROM hotel_folioentry e LEFT JOIN hotel_folioentry r ON r.reverses_id = e.id
        LEFT JOIN (SELECT folio_entry_id, -sum(value + bonus) AS spent FROM hotel_memberentry
                   WHERE kind IN ('spend', 'reverse') GROUP BY folio_entry_id) m ON m.folio_entry_id = e.id
        WHERE e.tender = 'stored_value' AND e.kind IN ('payment', 'deposit') AND e.reverses_id IS NULL
            AND coalesce(m.spent, 0) <> CASE WHEN r.id IS NULL THEN -e.amount ELSE 0 END
        """,
    ),
    Invariant(
        "no more is applied than a company paid or owes, and only between entries that stand",
        """
        SELECT e.id AS reference, format('%s of %s applied', a.amount, e.amount) AS fact
        FROM (SELECT entry, sum(amount) AS amount FROM (
                SELECT payment_id AS entry, amount FROM hotel_paymentapplication
                UNION ALL SELECT item_id, amount FROM hotel_paymentapplication) x GROUP BY entry) a
        JOIN hotel_folioentry e ON e.id = a.entry
        LEFT JOIN hotel_folioentry r ON r.reverses_id = e.id
        WHERE a.amount > abs(e.amount) OR e.reverses_id IS NOT NULL OR r.id IS NOT NULL OR e.ledger <> 'company'
        UNION ALL
        SELECT p.id, format('%s settles entry %s of %s', p.amount, i.id, i.amount)
        FROM hotel_paymentapplication a JOIN hotel_folioentry p ON p.id = a.payment_id
        JOIN hotel_folioentry i ON i.id = a.item_id
        WHERE p.amount >= 0 OR i.amount <= 0 OR p.folio_id <> i.folio_id
        """,
    ),
]
