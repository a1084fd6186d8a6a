"""What is always true of guests and members. Each query selects the breaches: reference, fact."""

from __future__ import annotations

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "points, stored value and bonus of members are the sums of their entries",
        """
        SELECT m.number AS reference,
            format('%s points, %s, %s; by entries %s, %s, %s', m.points, m.stored_value, m.bonus_value,
                coalesce(e.points, 0), coalesce(e.value, 0), coalesce(e.bonus, 0)) AS fact
        FROM hotel_member m
        LEFT JOIN (SELECT member_id, sum(points) AS points, sum(value) AS value, sum(bonus) AS bonus
                     FROM hotel_memberentry GROUP BY member_id) e ON e.member_id = m.id
        WHERE (m.points, m.stored_value, m.bonus_value) IS DISTINCT FROM
            (coalesce(e.points, 0), coalesce(e.value, 0), coalesce(e.bonus, 0))
        """,
    ),
    Invariant(
        "a member entry's reversal is the opposite of what it reverses",
        """
        SELECT r.id::text AS reference, 'reverses ' || e.id AS fact
        FROM hotel_memberentry r JOIN hotel_memberentry e ON e.id = r.reverses_id
        WHERE (r.member_id, r.points, r.value, r.bonus) IS DISTINCT FROM (e.member_id, -e.points, -e.value, -e.bonus)
        """,
    ),
    Invariant(
        "erased guests hold nothing personal",
        """
        SELECT g.id::text AS reference, 'still named or described' AS fact
        FROM hotel_guest g
        WHERE g.erased_at IS NOT NULL AND (g.name, g.name_keys, g.gender, g.id_tail, g.phone_tail, g.preferences,
            g.nationality, g.blacklist_reason) <> ('', '', '', '', '', '', '', '')
            OR g.erased_at IS NOT NULL AND (g.born_on IS NOT NULL OR g.id_hash IS NOT NULL OR g.phone_hash IS NOT NULL)
        UNION ALL
        SELECT s.number, 'stay of an erased guest: ' || s.status
        FROM hotel_stay s JOIN hotel_guest g ON g.id = s.guest_id AND g.erased_at IS NOT NULL
        WHERE s.guest_name <> '' OR s.note <> ''
        UNION ALL
        SELECT f.number, 'folio titled after an erased guest'
        FROM hotel_folio f JOIN hotel_stay s ON s.id = f.stay_id
        JOIN hotel_guest g ON g.id = s.guest_id AND g.erased_at IS NOT NULL WHERE f.title <> ''
        UNION ALL
        SELECT m.number, 'an erased guest''s membership is open or holds something'
        FROM hotel_member m JOIN hotel_guest g ON g.id = m.guest_id AND g.erased_at IS NOT NULL
        WHERE m.is_active OR m.points <> 0 OR m.stored_value <> 0 OR m.bonus_value <> 0
        """,
    ),
    Invariant(
        "merged guests have no stays and no open membership",
        """
        SELECT s.number AS reference, 'belongs to guest ' || g.id || ', merged into ' || g.merged_into_id AS fact
        FROM hotel_stay s JOIN hotel_guest g ON g.id = s.guest_id AND g.merged_into_id IS NOT NULL
        UNION ALL
        SELECT h.stay_id::text, 'shared by guest ' || g.id || ', merged'
        FROM hotel_sharer h JOIN hotel_guest g ON g.id = h.guest_id AND g.merged_into_id IS NOT NULL
        UNION ALL
        SELECT m.number, 'of a merged guest' FROM hotel_member m
        JOIN hotel_guest g ON g.id = m.guest_id AND g.merged_into_id IS NOT NULL WHERE m.is_active
        UNION ALL
        SELECT g.id::text, 'merged into a guest that was merged itself' FROM hotel_guest g
        JOIN hotel_guest w ON w.id = g.merged_into_id AND w.merged_into_id IS NOT NULL
        """,
    ),
]
