"""What is always true of rooms. Each query selects the breaches: reference, fact."""

from __future__ import annotations

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "a room out of order is taken for its dates, and only then",
        """
        SELECT coalesce(r.number, q.number) AS reference,
            CASE WHEN o.id IS NULL THEN format('block %s takes no room', b.id)
                 WHEN b.id IS NULL OR b.ended_at IS NOT NULL OR b.kind <> 'ooo'
                     THEN format('occupancy %s is of no block in force', o.id)
                 ELSE format('block %s until %s, taken until %s', b.id, b.until_on, upper(o.during)) END AS fact
        FROM (SELECT * FROM hotel_roomblock WHERE kind = 'ooo' AND ended_at IS NULL) b
        FULL JOIN (SELECT * FROM hotel_occupancy WHERE kind = 'block') o ON o.block_id = b.id
        LEFT JOIN hotel_room r ON r.id = b.room_id
        LEFT JOIN hotel_room q ON q.id = o.room_id
        LEFT JOIN hotel_property p ON p.id = coalesce(r.property_id, q.property_id)
        WHERE o.id IS NULL OR b.id IS NULL OR o.room_id <> b.room_id
            OR (lower(o.during) AT TIME ZONE p.time_zone)::date <> b.from_on
            OR (upper(o.during) AT TIME ZONE p.time_zone)::date <> b.until_on
        """,
    ),
    Invariant(
        "what is for sale by type and date is rooms in service less rooms out of order",
        """
        SELECT t.code || ' ' || a.date AS reference,
            format('%s rooms, %s out of order; counted %s, %s', a.rooms, a.out_of_order, c.rooms, c.out_of_order)
                AS fact
        FROM hotel_availability a
        JOIN hotel_property p ON p.id = a.property_id
        JOIN hotel_roomtype t ON t.id = a.room_type_id
        CROSS JOIN LATERAL (
            SELECT (SELECT count(*) FROM hotel_room r WHERE r.room_type_id = a.room_type_id
                    AND r.in_service_from <= a.date
                    AND (r.in_service_until IS NULL OR r.in_service_until > a.date)) AS rooms,
                (SELECT count(*) FROM hotel_roomblock b JOIN hotel_room r ON r.id = b.room_id
                  WHERE r.room_type_id = a.room_type_id AND b.kind = 'ooo' AND b.ended_at IS NULL
                    AND b.from_on <= a.date AND b.until_on > a.date) AS out_of_order
        ) c
        WHERE a.date >= p.business_date AND (a.rooms, a.out_of_order) <> (c.rooms, c.out_of_order)
        """,
    ),
    Invariant(
        "no two blocks of a room are in force on one night",
        """
        SELECT r.number AS reference, format('blocks %s and %s', b.id, other.id) AS fact
        FROM hotel_roomblock b
        JOIN hotel_roomblock other ON other.room_id = b.room_id AND other.id > b.id AND other.ended_at IS NULL
            AND other.from_on < b.until_on AND other.until_on > b.from_on
        JOIN hotel_room r ON r.id = b.room_id
        WHERE b.ended_at IS NULL
        """,
    ),
    Invariant(
        "an operation lock lasts no longer than its lease",
        """
        SELECT r.number AS reference, format('renewed %s, expires %s', k.renewed_at, k.expires_at) AS fact
        FROM hotel_operationlock k JOIN hotel_room r ON r.id = k.room_id
        WHERE k.expires_at > k.renewed_at + interval '90 seconds' OR k.renewed_at < k.acquired_at
        """,
    ),
]
