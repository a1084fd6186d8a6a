import datetime as dt
from decimal import Decimal

import pytest

from hotel.members import services
from hotel.members.invariants import INVARIANTS
from hotel.members.services import Person
from hotel.models import Guest, Member, MemberLevel, Sharer
from oms.lib.sealing import unseal
from tests.factories.hotel import AT, BookingFactory, RoomTypeFactory, StayFactory

D = Decimal
ID = "11010519491231002X"


@pytest.fixture
def make(branch, clerk):
    def make(name, **more):
        return services.register_guest(branch_id=branch.pk, person=Person(name, **more), by=clerk, at=AT)

    return make


@pytest.fixture
def stay_of(house):
    kind = RoomTypeFactory(property=house)

    def stay_of(guest, **more):
        return StayFactory(
            room_type=kind, booking=BookingFactory(property=house), guest=guest, guest_name=guest.name, **more
        )

    return stay_of


def breaches():
    from django.db import connection

    with connection.cursor() as cursor:
        found = []
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql)
            found += cursor.fetchall()
    return found


def merge(winner, loser, clerk, **take):
    return services.merge_guests(winner_id=winner.pk, loser_id=loser.pk, take=take, by=clerk, at=AT)


def test_merge_moves_stays_sharers_points_and_value(make, stay_of, clerk, level, branch):
    platinum = MemberLevel.objects.create(branch=branch, code="PT", name="白金", rank=3)
    winner, loser = make("张三", phone="13812345678"), make("张三", id_type="resident_id", id_number=ID)
    new = services.enrol(guest_id=winner.pk, level_id=level.pk, by=clerk, at=AT)
    old = services.enrol(guest_id=loser.pk, level_id=platinum.pk, by=clerk, at=AT)
    services.top_up(member_id=old.pk, amount=D("100.00"), bonus=D("5.00"), by=clerk, at=AT)
    services.earn(member_id=old.pk, amount=D("50.00"), by=clerk, at=AT)
    stay, shared = stay_of(loser, member=old), stay_of(winner)
    Sharer.objects.create(stay=shared, guest=loser, added_at=AT)
    other = stay_of(make("李四"))
    Sharer.objects.create(stay=other, guest=loser, added_at=AT)

    merge(winner, loser, clerk)

    winner.refresh_from_db(), loser.refresh_from_db(), stay.refresh_from_db()
    assert (stay.guest, stay.member, loser.merged_into) == (winner, new, winner)
    assert list(Sharer.objects.values_list("stay", "guest")) == [(other.pk, winner.pk)]
    assert unseal(winner.id_sealed) == ID  # what the winner lacked
    new.refresh_from_db(), old.refresh_from_db()
    assert (new.points, new.stored_value, new.bonus_value, new.level) == (50, D("100.00"), D("5.00"), platinum)
    assert (old.points, old.stored_value, old.is_active) == (0, D("0.00"), False)
    assert breaches() == []


def test_merge_takes_over_the_membership_if_there_is_only_one(make, clerk, level):
    winner, loser = make("张三"), make("张山")
    member = services.enrol(guest_id=loser.pk, level_id=level.pk, by=clerk, at=AT)

    merge(winner, loser, clerk)

    member.refresh_from_db()
    assert (member.guest, member.is_active, breaches()) == (winner, True, [])


def test_merge_takes_what_is_chosen_and_keeps_the_blacklisting(make, clerk):
    winner, loser = make("张三", phone="13812345678"), make("张山", phone="13900000000")
    services.blacklist_guest(guest_id=loser.pk, reason="broke the TV", by=clerk, at=AT)

    merged = merge(winner, loser, clerk, name=True)

    assert (merged.name, merged.name_keys, merged.phone_tail) == ("张山", "zhangshan zs", "5678")
    assert (merged.is_blacklisted, merged.blacklist_reason) == (True, "broke the TV")


def test_merged_again_all_point_at_the_last_winner(make, clerk):
    first, second, third = make("甲一"), make("乙二"), make("丙三")
    merge(second, first, clerk)
    merge(third, second, clerk)

    assert set(Guest.objects.values_list("merged_into", flat=True)) == {None, third.pk}
    assert breaches() == []
    with pytest.raises(services.CannotMerge):
        merge(third, first, clerk)
    with pytest.raises(services.CannotMerge):
        merge(third, third, clerk)


def test_upgrade_by_nights_or_points_to_the_highest_reached(make, stay_of, clerk, level, branch, house):
    day = house.business_date
    silver = MemberLevel.objects.create(branch=branch, code="S", name="银", rank=1)
    level.upgrade_nights, level.upgrade_points = 2, 1000
    level.save()
    top = MemberLevel.objects.create(branch=branch, code="T", name="顶", rank=5, upgrade_nights=30)
    members = [
        services.enrol(guest_id=make(name).pk, level_id=silver.pk, by=clerk, at=AT) for name in ("甲一", "乙二", "丙三")
    ]
    for days in (1, 2):
        stay = stay_of(
            members[0].guest,
            status="checked_out",
            checked_in_at=AT,
            checked_out_at=AT,
            arrival_on=day - dt.timedelta(days),
            departure_on=day,
            room=_room(house),
        )
        stay.nights.create(date=day - dt.timedelta(days), room_type=stay.room_type, price=1)
    services.earn(member_id=members[1].pk, amount=D(1000), by=clerk, at=AT, business_date=day - dt.timedelta(1))
    services.earn(member_id=members[2].pk, amount=D(5000), by=clerk, at=AT, business_date=day - dt.timedelta(366))

    raised = services.upgrade_members(branch_id=branch.pk, on=day, by=None, at=AT)

    assert raised == [members[0].pk, members[1].pk]
    levels = dict(Member.objects.values_list("pk", "level"))
    assert [levels[m.pk] for m in members] == [level.pk, level.pk, silver.pk]
    assert top.pk not in levels.values()
    assert services.upgrade_members(branch_id=branch.pk, on=day, by=None, at=AT) == []


def _room(house):
    from tests.factories.hotel import RoomFactory

    return RoomFactory(room_type__property=house)
