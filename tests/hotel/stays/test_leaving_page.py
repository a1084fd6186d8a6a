"""The check-out page: what it says, what a refusal leaves, those a batch could not check out."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.folios import services as folios
from hotel.folios.models import FolioEntry
from hotel.folios.services import Tender
from hotel.models import DeskNote, Shift, Stay
from oms.staff.roles import sync_roles
from tests.factories.hotel import AT, TODAY, RoomFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=20)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def sign_in(client, desk):
    def do(*roles, shift=True):
        sync_roles()
        staff = StaffFactory(branches=[desk.house.branch], language="en")
        staff.groups.set(Group.objects.filter(name__in=roles))
        if shift:
            Shift.objects.create(property=desk.house, staff=staff, business_date=TODAY, opened_at=AT)
        client.force_login(staff)
        return staff

    return do


def confirm(client, *stays, **data):
    numbers = [stay.number for stay in stays]
    return client.post(reverse("stays:leave"), {"shown": numbers, "stay": numbers, **data})


def tender(kind, amount, folio="", detail=""):
    return {"kind": [kind], "amount": [amount], "detail": [detail], "folio": [folio]}


def status(stay):
    return Stay.objects.get(pk=stay.pk).status


def test_everything_that_is_owed_held_and_open_is_shown_and_nothing_is_posted(client, desk, sign_in):
    sign_in("front_desk")
    stay = desk.inside(nights=1)
    desk.charge(stay, "50.00")
    folio = desk.folio(stay)
    folios.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", Decimal("200.00"))], **desk.who)
    hold = folios.hold(folio_id=folio.pk, amount=Decimal("1000.00"), reference="SLIP9", **desk.who)
    DeskNote.objects.create(stay=stay, kind="loan", text="umbrella", made_at=AT)
    desk.roll()
    before = FolioEntry.objects.count()

    page = client.get(reverse("stays:leave"), {"stay": stay.number}).content.decode()

    for fact in ("¥350.00", "¥200.00", "¥300.00", "SLIP9", "umbrella", 'data-due="150.00"'):
        assert fact in page
    assert f'name="capture_{hold.pk}" value="150.00"' in page
    assert FolioEntry.objects.count() == before
    assert client.get(reverse("stays:ask", args=[stay.number, "check-out"])).url.endswith(f"?stay={stay.number}")


def test_a_refusal_keeps_what_was_typed(client, desk, sign_in):
    sign_in("front_desk")
    stay = desk.inside()
    desk.charge(stay, "50.00")

    page = confirm(client, stay, **tender("card", "49.00", detail="SLIP1")).content.decode()

    assert "50.00 is left to pay" in page
    assert 'value="SLIP1"' in page
    assert 'value="49.00"' in page
    assert status(stay) == "in_house"
    wrong = confirm(client, stay, **tender("card", "much"))
    assert (wrong.status_code, status(stay)) == (422, "in_house")


def test_one_confirm(client, desk, sign_in):
    sign_in("cashier")
    stay = desk.inside()
    desk.charge(stay, "50.00")
    note = DeskNote.objects.create(stay=stay, kind="loan", text="umbrella", made_at=AT)
    assert "umbrella" in confirm(client, stay, **tender("card", "50.00")).content.decode()
    assert status(stay) == "in_house"

    done = confirm(client, stay, note_done=note.pk, **tender("card", "50.00"))

    assert done.url == reverse("stays:detail", args=[stay.number])
    assert status(stay) == "checked_out"


def test_a_batch_brings_those_who_can_not_go_to_the_page_with_their_fact(client, desk, sign_in):
    sign_in("front_desk")
    even, owing, lent = (desk.inside(room=desk.rooms[n]) for n in range(3))
    desk.charge(owing, "50.00")
    DeskNote.objects.create(stay=lent, kind="loan", text="umbrella", made_at=AT)

    ids = [even.pk, owing.pk, lent.pk]
    page = client.post(reverse("stays:batch", args=["check-out"]), {"ids": ids}).content.decode()

    assert [status(each) for each in (even, owing, lent)] == ["checked_out", "in_house", "in_house"]
    assert "has a balance of 50.00" in page
    assert "umbrella" in page
    assert f'action="{reverse("stays:leave")}"' in page
    done = confirm(client, owing, lent, notes_seen="on", **tender("cash", "50.00"))
    assert done.status_code == 302
    assert [status(each) for each in (owing, lent)] == ["checked_out", "checked_out"]


def test_only_the_ticked_leave_and_the_others_stay_on_the_page(client, desk, sign_in):
    sign_in("front_desk")
    first, second = (desk.inside(room=desk.rooms[n]) for n in range(2))

    done = client.post(reverse("stays:leave"), {"shown": [first.number, second.number], "stay": [first.number]})

    assert done.url == f"{reverse('stays:leave')}?stay={second.number}"
    assert (status(first), status(second)) == ("checked_out", "in_house")


def test_no_money_without_the_right_or_a_shift(client, desk, sign_in):
    stay = desk.inside()
    desk.charge(stay, "50.00")
    sign_in("front_desk", shift=False)
    assert "You have no open shift" in confirm(client, stay, **tender("cash", "50.00")).content.decode()
    sign_in("housekeeping")
    assert confirm(client, stay, **tender("cash", "50.00")).status_code == 403
    assert status(stay) == "in_house"


def test_as_many_questions_for_thirty_as_for_fifteen(client, desk, sign_in):
    sign_in("front_desk")
    stays = [desk.inside(room=room) for room in desk.rooms[:1] + RoomFactory.create_batch(29, room_type=desk.kind)]
    for stay in stays:
        desk.charge(stay, "50.00")
        DeskNote.objects.create(stay=stay, kind="loan", text="umbrella", made_at=AT)
    desk.roll()

    def asked(numbers):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("stays:leave"), {"stay": numbers}).status_code == 200
        return len(queries)

    asked([stays[0].number])
    assert asked([stay.number for stay in stays]) == asked([stay.number for stay in stays[:15]]) <= 40
