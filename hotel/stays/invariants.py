"""What is always true of stays. Each query selects the breaches: reference, fact."""

from __future__ import annotations

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "sold by type and date is the nights that hold",
        """
        SELECT t.code || ' ' || coalesce(a.date, n.date) AS reference,
            format('sold %s, nights %s', coalesce(a.sold, 0), coalesce(n.nights, 0)) AS fact
        FROM hotel_availability a
        FULL JOIN (
            SELECT r.room_type_id, r.date, count(*) AS nights
            FROM hotel_roomnight r JOIN hotel_stay s ON s.id = r.stay_id
            WHERE s.status IN ('tentative', 'confirmed', 'in_house', 'checked_out')
            GROUP BY r.room_type_id, r.date
        ) n ON n.room_type_id = a.room_type_id AND n.date = a.date
        JOIN hotel_roomtype t ON t.id = coalesce(a.room_type_id, n.room_type_id)
        WHERE coalesce(a.sold, 0) <> coalesce(n.nights, 0)
        """,
    ),
    Invariant(
        "a stay has a night for every date from arrival to departure",
        """
        SELECT s.number AS reference,
            format('%s to %s, but %s nights from %s to %s', s.arrival_on, s.departure_on, count(n.id), min(n.date),
                max(n.date)) AS fact
        FROM hotel_stay s LEFT JOIN hotel_roomnight n ON n.stay_id = s.id
        GROUP BY s.id
        HAVING count(n.id) <> s.departure_on - s.arrival_on
            OR min(n.date) <> s.arrival_on OR max(n.date) <> s.departure_on - 1
        """,
    ),
    Invariant(
        "a stay with a room takes it until it is to leave",
        """
        SELECT s.number AS reference,
            format('room %s until %s, but takes %s during %s', s.room_id, s.due_out_at, o.room_id, o.during) AS fact
        FROM hotel_stay s
        LEFT JOIN LATERAL (
            SELECT room_id, during FROM hotel_occupancy WHERE stay_id = s.id ORDER BY lower(during) DESC LIMIT 1
        ) o ON true
        WHERE s.status IN ('tentative', 'confirmed', 'in_house') AND s.room_id IS NOT NULL
            AND (o.room_id IS DISTINCT FROM s.room_id OR upper(o.during) IS DISTINCT FROM s.due_out_at)
        """,
    ),
    Invariant(
        "a stay without a room takes none",
        """
        SELECT s.number AS reference, format('%s, takes room %s during %s', s.status, o.room_id, o.during) AS fact
        FROM hotel_stay s JOIN hotel_occupancy o ON o.stay_id = s.id
        WHERE s.room_id IS NULL OR s.status IN ('waitlisted', 'cancelled', 'no_show')
        """,
    ),
    Invariant(
        "a guest who has left takes no room afterwards",
        """
        SELECT s.number AS reference, format('left at %s, takes room %s until %s', s.checked_out_at, o.room_id,
            upper(o.during)) AS fact
        FROM hotel_stay s JOIN hotel_occupancy o ON o.stay_id = s.id
        WHERE s.status = 'checked_out' AND upper(o.during) > s.checked_out_at + interval '1 microsecond'
            AND lower(o.during) < upper(o.during) - interval '1 microsecond'
        """,
    ),
    Invariant(
        "a guest in the house has an open bill",
        """
        SELECT s.number AS reference, format('in house, %s bills open', count(f.id)) AS fact
        FROM hotel_stay s LEFT JOIN hotel_folio f ON f.stay_id = s.id AND f.closed_at IS NULL
        WHERE s.status = 'in_house' GROUP BY s.id HAVING count(f.id) = 0
        """,
    ),
    Invariant(
        "a guest who has left owes nothing and is owed nothing",
        """
        SELECT s.number AS reference, format('bill %s: %s open', f.number, sum(e.amount)) AS fact
        FROM hotel_stay s JOIN hotel_folio f ON f.stay_id = s.id AND f.closed_at IS NOT NULL
        JOIN hotel_folioentry e ON e.folio_id = f.id
        WHERE s.status = 'checked_out'
        GROUP BY s.id, f.id, e.ledger = 'deposit' HAVING sum(e.amount) <> 0
        """,
    ),
    Invariant(
        "a room and its nights are of the type that was sold",
        """
        SELECT s.number AS reference,
            format('sold as type %s, room is of type %s', s.room_type_id, r.room_type_id) AS fact
        FROM hotel_stay s JOIN hotel_room r ON r.id = s.room_id
        WHERE r.room_type_id <> s.room_type_id AND s.status IN ('tentative', 'confirmed', 'in_house')
        """,
    ),
]
