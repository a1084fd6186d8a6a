import pytest

from hotel.members import services
from hotel.members.queries import find_guests
from hotel.members.services import Person
from tests.factories.hotel import AT, RoomFactory, StayFactory
from tests.factories.staff import BranchFactory

ID = "11010519491231002X"


@pytest.fixture
def zeng(branch, clerk, level):
    guest = services.register_guest(
        branch_id=branch.pk, person=Person("曾单", "resident_id", ID, "13812345678"), by=clerk, at=AT
    )
    services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    return guest


def found(branch, text):
    return [hit.name for hit in find_guests(branch.pk, text)]


@pytest.mark.parametrize(
    "text",
    [
        "5678",
        "13812345678",
        "+86 138 1234 5678",
        "002x",
        ID.lower(),
        "曾",
        "曾单",
        "zeng",
        "ZENG SHAN",
        "zs",
        "cd",
        "z",
    ],
)
def test_find_by_whatever_the_clerk_has(branch, zeng, text):
    assert found(branch, text) == ["曾单"]


def test_find_by_member_number(branch, zeng):
    assert found(branch, zeng.member.number.lower()) == ["曾单"]


@pytest.mark.parametrize("text", ["", "'", "%", "1", "9999", "单曾", "xyz", "13800000000", "\\", "':* | 'z", "(5)"])
def test_find_nothing(branch, zeng, text):
    assert found(branch, text) in ([], ["曾单"] if text == "':* | 'z" else [])


def test_find_by_a_foreign_name_either_way_round(branch, clerk):
    services.register_guest(branch_id=branch.pk, person=Person("John Smith"), by=clerk, at=AT)

    assert [found(branch, text) for text in ("john", "Smith", "smith j", "John Smith", "js")] == [["John Smith"]] * 5


def test_find_says_what_a_pick_list_needs_in_one_query(branch, house, zeng, django_assert_num_queries):
    room = RoomFactory(room_type__property=house, number="1208")
    stay = StayFactory(
        room_type=room.room_type, room=room, guest=zeng, status="in_house", checked_in_at=AT, guest_name="曾单"
    )

    with django_assert_num_queries(1):
        (hit,) = find_guests(branch.pk, "zs")

    assert (hit.phone, hit.id_number, hit.level, hit.member_number) == (
        "•••• 5678",
        "•••• 002X",
        "金卡",
        zeng.member.number,
    )
    assert (hit.in_house, hit.last_stay_id, hit.last_room, hit.last_arrival_on) == (
        "1208",
        stay.pk,
        "1208",
        stay.arrival_on,
    )


def test_the_surest_match_comes_first(branch, clerk):
    for name in ("张伟东", "张伟", "张维", "张威"):
        services.register_guest(branch_id=branch.pk, person=Person(name), by=clerk, at=AT)

    assert found(branch, "张伟") == ["张伟", "张伟东"]
    assert found(branch, "zhangwei") == ["张威", "张维", "张伟", "张伟东"]


def test_other_branches_guests_are_not_found(branch, zeng):
    assert found(BranchFactory(), "zs") == []
