from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.members import services
from hotel.members.services import Person
from hotel.models import BonusRule, DeskTrace, Guest, Member, MemberLevel, Shift
from oms.staff.roles import sync_roles
from tests.factories.hotel import AT, TODAY, BookingFactory, RoomFactory, StayFactory
from tests.factories.staff import BranchFactory, StaffFactory

ID = "11010519491231002X"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def sign_in(client, branch):
    def sign_in(*roles):
        sync_roles()
        staff = StaffFactory(branches=[branch], language="en")
        staff.groups.set(Group.objects.filter(name__in=roles))
        client.force_login(staff)
        return staff

    return sign_in


@pytest.fixture
def guest(branch, clerk):
    person = Person("张三丰", "resident_id", ID, "13812345678")
    return services.register_guest(branch_id=branch.pk, person=person, by=clerk, at=AT)


@pytest.fixture
def member(guest, level, clerk):
    return services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)


def url(name, *args):
    return reverse(f"members:{name}", args=args)


def form_of(**changes):
    return {"name": "张三丰", "id_type": "resident_id", "nationality": "CN", "version": "1"} | changes


def test_the_list_masks_names_until_somebody_is_looked_for(client, sign_in, guest):
    sign_in("front_desk")

    browsed, searched = (
        client.get(url("list")).content.decode(),
        client.get(url("list"), {"q": "5678"}).content.decode(),
    )

    assert ("张三丰" in browsed, "张*丰" in browsed, "•••• 5678" in browsed) == (False, True, True)
    assert "张三丰" in searched
    assert "13812345678" not in browsed + searched


def test_other_branches_guests_are_not_there(client, sign_in):
    other = Guest.objects.create(branch=BranchFactory(), name="别人", created_at=AT)
    sign_in("manager")

    assert client.get(url("guest", other.pk)).status_code == 404
    assert client.get(url("list"), {"q": "别人"}).content.decode().count(f"/{other.pk}/") == 0


@pytest.mark.parametrize(
    ("role", "page", "status"),
    [
        ("housekeeping", "list", 403),
        ("cashier", "list", 200),
        ("cashier", "register", 403),
        ("cashier", "edit", 403),
        ("front_desk", "erase", 403),
        ("front_desk", "merge", 200),
        ("manager", "erase", 200),
        ("front_desk", "levels", 200),
    ],
)
def test_who_may_open_what(client, sign_in, guest, role, page, status):
    sign_in(role)
    args = [guest.pk] if page in {"edit", "erase", "merge"} else []

    assert client.get(url(page, *args)).status_code == status


def test_looking_in_clear_is_traced(client, sign_in, guest):
    staff = sign_in("front_desk")
    page = client.get(url("guest", guest.pk)).content.decode()
    assert (ID in page, "13812345678" in page) == (False, False)

    shown = client.post(url("reveal", guest.pk), {"field": "id_number"}, **HTMX).content.decode()
    whole = client.post(url("reveal", guest.pk), {"field": "phone"}).content.decode()

    assert (ID in shown, "13812345678" in whole) == (True, True)
    traces = DeskTrace.objects.filter(action="guest.revealed").order_by("pk")
    assert [(t.by, t.data) for t in traces] == [(staff, {"field": "id_number"}), (staff, {"field": "phone"})]
    sign_in("cashier")
    assert client.post(url("reveal", guest.pk), {"field": "phone"}).status_code == 403


def test_register_then_the_same_document_leads_to_the_same_guest(client, sign_in):
    sign_in("front_desk")
    form = form_of(id_number=ID, phone="13812345678")

    first, again = client.post(url("register"), form), client.post(url("register"), form)

    assert (first.status_code, again.url) == (302, first.url)
    assert Guest.objects.count() == 1


def test_register_says_which_field_is_wrong_and_keeps_what_was_typed(client, sign_in):
    sign_in("front_desk")

    answer = client.post(url("register"), form_of(id_number="110105194912310021"))

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"id_number": ["This identity card number is wrong: check the digits."]}
    assert 'value="110105194912310021"' in answer.content.decode()


def test_edit_keeps_sealed_numbers_that_are_left_empty(client, sign_in, guest):
    sign_in("front_desk")
    assert "13812345678" not in client.get(url("edit", guest.pk)).content.decode()

    client.post(url("edit", guest.pk), form_of(name="张三", preferences="high floor"))

    guest.refresh_from_db()
    assert (guest.name, guest.id_tail, guest.phone_tail, guest.version) == ("张三", "002X", "5678", 2)
    client.post(url("edit", guest.pk), form_of(name="张三", version="2", drop_phone="on"))
    guest.refresh_from_db()
    assert (guest.id_tail, guest.phone_tail, guest.phone_sealed) == ("002X", "", None)


def test_a_late_save_is_refused_with_the_difference_and_saving_again_is_knowing(client, sign_in, guest):
    sign_in("front_desk")
    client.post(url("edit", guest.pk), form_of(preferences="high floor"))

    late = client.post(url("edit", guest.pk), form_of(preferences="no smoking"))

    page = late.content.decode()
    assert (late.status_code, "high floor" in page, "no smoking" in page) == (422, True, True)
    assert late.context["difference"] == [{"label": "preferences", "now": "high floor", "typed": "no smoking"}]
    assert late.context["form"]["version"].value() == "2"
    client.post(url("edit", guest.pk), form_of(preferences="no smoking", version="2"))
    guest.refresh_from_db()
    assert guest.preferences == "no smoking"


def test_top_up_takes_the_money_in_the_persons_shift(client, sign_in, member, house):
    BonusRule.objects.create(branch=house.branch, from_amount=500, bonus=50)
    staff = sign_in("front_desk")
    form = {"amount": "500.00", "tender": "cash"}

    refused = client.post(url("top-up", member.guest_id), form)
    assert refused.status_code == 422
    assert 'value="500.00"' in refused.content.decode()
    Shift.objects.create(property=house, staff=staff, business_date=TODAY, opened_at=AT)
    assert client.post(url("top-up", member.guest_id), form).status_code == 302

    member.refresh_from_db()
    assert (str(member.stored_value), str(member.bonus_value)) == ("500.00", "50.00")


def test_stored_value_is_paid_back_with_its_receipt_or_asks_a_supervisor(client, sign_in, member, house, clerk):
    services.top_up(member_id=member.pk, amount=Decimal("900.00"), by=clerk, at=AT)
    staff = sign_in("cashier")
    Shift.objects.create(property=house, staff=staff, business_date=TODAY, opened_at=AT)
    form = {"refund-amount": "600.00", "refund-tender": "wechat", "refund-reason": "moves away"}

    asked = client.post(url("refund", member.guest_id), form).content.decode()
    assert "A supervisor has to approve this" in asked
    assert 'value="600.00"' in asked
    paid = client.post(url("refund", member.guest_id), form | {"refund-amount": "500.00"})

    receipt = client.get(paid.url).content.decode()
    member.refresh_from_db()
    assert (str(member.stored_value), "500.00" in receipt) == ("400.00", True)
    sign_in("housekeeping")
    assert client.post(url("refund", member.guest_id), form).status_code == 403


def test_enrol_level_and_points(client, sign_in, guest, level, branch):
    top = MemberLevel.objects.create(branch=branch, code="T", name="顶", rank=5)
    sign_in("manager")

    client.post(url("enrol", guest.pk), {"level": level.pk})
    client.post(url("level", guest.pk), {"level": top.pk, "reason": "VIP"})
    client.post(url("points", guest.pk), {"points": "300", "reason": "sorry"})
    client.post(url("points", guest.pk), {"points": "-301", "reason": "too many"})
    client.post(url("points", guest.pk), {"points": "x", "reason": "nonsense"})

    member = Member.objects.get()
    assert (member.level, member.points) == (top, 300)


def test_merge_side_by_side(client, sign_in, guest, branch, clerk):
    other = services.register_guest(branch_id=branch.pk, person=Person("张三丰", phone="13900000001"), by=clerk, at=AT)
    sign_in("front_desk")
    assert [hit.guest_id for hit in client.get(url("merge", guest.pk)).context["hits"]] == [other.pk]
    assert client.get(url("merge", guest.pk), {"other": other.pk}).status_code == 200

    client.post(url("merge", guest.pk), {"other": other.pk, "phone": "other", "name": "mine"})

    guest.refresh_from_db()
    assert (guest.phone_tail, guest.id_tail) == ("0001", "002X")
    assert client.get(url("guest", other.pk)).status_code == 404


def test_erase_needs_the_tick(client, sign_in, guest):
    sign_in("manager")

    client.post(url("erase", guest.pk))
    guest.refresh_from_db()
    assert guest.erased_at is None
    client.post(url("erase", guest.pk), {"sure": "on"})
    guest.refresh_from_db()
    assert guest.erased_at is not None
    assert client.get(url("guest", guest.pk)).status_code == 200
    assert client.get(url("edit", guest.pk)).status_code == 404


def test_blacklist_on_by_the_desk_off_only_by_who_may(client, sign_in, guest):
    sign_in("front_desk")
    client.post(url("blacklist", guest.pk), {"reason": "broke the TV"})
    client.post(url("blacklist", guest.pk), {"reason": "sorry"})
    guest.refresh_from_db()
    assert (guest.is_blacklisted, guest.blacklist_reason) == (True, "broke the TV")

    sign_in("duty_manager")
    client.post(url("blacklist", guest.pk), {"reason": "sorry"})
    guest.refresh_from_db()
    assert guest.is_blacklisted is False


def test_levels_are_unique_in_the_branch(client, sign_in, level):
    sign_in("manager")
    form = {"code": "GOLD", "name": "x", "rank": 9, "room_percent": 90, "goods_percent": 90, "points_per_yuan": 1}

    twice = client.post(url("levels"), form)
    client.post(url("level-edit", level.pk), form | {"name": "Gold", "rank": 2})

    assert twice.status_code == 422
    level.refresh_from_db()
    assert (level.name, MemberLevel.objects.count()) == ("Gold", 1)


def test_the_list_asks_as_little_for_thirty_as_for_one(client, sign_in, branch, house, clerk, level):
    sign_in("front_desk")
    room = RoomFactory(room_type__property=house)

    def add(number):
        guest = Guest.objects.create(branch=branch, name=f"Guest {number}", phone_tail=f"{number:04}", created_at=AT)
        services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
        StayFactory(
            room_type=room.room_type,
            room=room,
            guest=guest,
            booking=BookingFactory(property=house),
            status="checked_out",
            checked_in_at=AT,
            checked_out_at=AT,
        )

    add(1)
    client.get(url("list"))
    with CaptureQueriesContext(connection) as one:
        client.get(url("list"))
    for number in range(2, 31):
        add(number)
    with CaptureQueriesContext(connection) as thirty:
        client.get(url("list"))
    assert len(thirty) == len(one) <= 20


def test_a_level_that_is_no_level_and_a_reason_that_is_no_text(client, sign_in, guest, member, level):
    sign_in("manager")

    for typed in ("abc", "²", "9" * 30):
        assert client.post(url("level", guest.pk), {"level": typed, "reason": "x"}).status_code == 404
    client.post(url("blacklist", guest.pk), {"reason": "noise\0 at night"})
    guest.refresh_from_db()
    assert guest.blacklist_reason == "noise at night"


def test_levels_and_bonuses_that_cannot_be_are_refused_in_words(client, sign_in, branch, level):
    sign_in("manager")
    typed = {"code": "N", "name": "N", "rank": level.rank, "room_percent": "0", "goods_percent": "90"}

    text = client.post(url("level-edit", level.pk), typed | {"points_per_yuan": "1"}).content.decode()
    assert "above 0 % and at most 100 %" in text
    text = client.post(url("bonus"), {"from_amount": "-1", "bonus": "5"}).content.decode()
    assert "The top-up is above 0.00" in text
