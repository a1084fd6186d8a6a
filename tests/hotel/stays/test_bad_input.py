"""What nobody should type, typed all the same: refused with the fact, nothing done, nothing lost."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hotel.models import Booking, DeskNote, HourlyPrice, RoomNight, Sharer, Stay
from hotel.stays.services import people
from tests.factories.hotel import TODAY
from tests.hotel.stays.test_pages import AFTERNOON, NIGHT, WANG, clerk, do, reserve  # noqa: F401 (clerk is a fixture)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTERNOON)


@pytest.fixture(autouse=True)
def _signed_in(clerk):  # noqa: F811
    """A clerk with an open shift."""


def saying(response, *words):
    page = response.content.decode()
    return response.status_code in {200, 422} and all(word in page for word in words)


@pytest.mark.parametrize("typed", ["", "soon", "2027-02-29"])
def test_no_departure_changes_no_departure(client, desk, typed):
    stay = desk.inside()

    answer = do(client, stay, "dates", departure_on=typed)

    assert saying(answer, "Say when the guest leaves.")
    assert Stay.objects.get().departure_on == stay.departure_on
    assert RoomNight.objects.count() == 2


@pytest.mark.parametrize("action", ["mark", "confirm"])
def test_what_asks_nothing_leads_back_to_the_stay(client, desk, action):
    stay = desk.inside()

    answer = client.get(reverse("stays:ask", args=[stay.number, action]))

    assert answer.url == reverse("stays:detail", args=[stay.number])


def test_what_is_not_there_is_refused(client, desk):
    stay = desk.inside()

    assert saying(do(client, stay, "move", room=987654, reason="loud"), "Choose a room.", "loud")
    assert saying(do(client, stay, "assign", room=987654), "Choose a room.")
    assert saying(do(client, stay, "swap", other=stay.pk, reason="loud"), "Choose the other stay.", "loud")
    assert saying(do(client, stay, "sharer", guest=987654), "not known any more")
    assert saying(do(client, stay, "guest", guest=987654), "not known any more")
    assert Sharer.objects.count() == 0


def test_a_wake_up_call_lies_in_the_stay(client, desk):
    stay = desk.inside()

    def wake(date, time):
        return do(client, stay, "note", kind="wake_up", pieces="1", due_on=date, due_time=time)

    assert saying(wake(TODAY - NIGHT, "07:00"), "between now and the departure")
    assert saying(wake(stay.departure_on + NIGHT, "07:00"), "between now and the departure")
    assert saying(wake("0001-01-01", "00:00"), "Look at the fields in red.")
    assert saying(wake("9999-12-31", "23:59"), "Look at the fields in red.")
    assert DeskNote.objects.count() == 0
    assert wake(stay.departure_on, "07:00").status_code == 302


def test_a_loan_says_what_is_lent(client, desk):
    stay = desk.inside()

    assert saying(do(client, stay, "note", kind="loan", pieces="1", text=""), "Say what.")
    assert do(client, stay, "note", kind="loan", pieces="1", text="umbrella").status_code == 302


def test_a_call_may_come_on_the_last_day_of_a_day_use(desk):
    stay = desk.inside()
    last = dt.datetime.combine(stay.departure_on, dt.time(1), dt.UTC)

    assert people.note_down(stay_id=stay.pk, kind="wake_up", due_at=last, **desk.who).due_at == last


def test_the_last_date_of_all_has_a_page(client, desk):
    for page in ("stays:reserve", "stays:reserve-free"):
        assert client.get(reverse(page), {"arrival_on": "9999-12-31"}).status_code == 200


def test_more_people_than_a_room_takes_are_refused(client, desk):
    most = desk.kind.most_persons

    assert saying(reserve(client, desk, adults=most, children=1), f"takes at most {most} people")
    assert Booking.objects.count() == 0
    assert reserve(client, desk, adults=most).status_code == 302


def test_a_tender_that_is_no_number_is_no_deposit(client, desk):
    typed = {"room": desk.rooms[0].pk, "new": "1", "adults": 1, "rate_plan": desk.plan.pk, **WANG}
    typed |= {"tender_kind": "cash", "tender_amount": "NaN", "tender_reference": ""}

    assert saying(client.post(reverse("stays:check-in"), typed), "NaN is no amount.", WANG["name"])
    assert Stay.objects.count() == 0


def test_hours_that_are_over_are_not_sold(client, desk):
    HourlyPrice.objects.create(room_type=desk.kind, hours=4, price="150", extra_hour="40", most="300")
    wanted = {"form": "day_use", "hours": 4, "arrival_on": TODAY, "departure_on": ""}

    assert saying(reserve(client, desk, **wanted, start_at="08:00"), "These hours are over.", 'value="08:00"')
    assert Booking.objects.count() == 0
    assert reserve(client, desk, **wanted, start_at="15:00").status_code == 302


def test_a_restore_into_a_room_that_is_not_there_is_refused(client, desk):
    stay = desk.inside()
    Stay.objects.update(status="checked_out", checked_out_at=AFTERNOON)

    assert saying(do(client, stay, "restore", room=987654, reason="left a bag"), "Choose a room.", "left a bag")
    assert Stay.objects.get().status == "checked_out"


def test_a_list_that_cannot_be_read_keeps_what_was_pasted(client, desk):
    reserve(client, desk, form="group", title="Tea", guest_name="")
    address = reverse("stays:rooming", args=[Booking.objects.get().number])

    wrong = SimpleUploadedFile("names.xlsx", b"no workbook")
    assert saying(client.post(address, {"text": "Wang, E1", "file": wrong}), "no list that can be read", "Wang, E1")
    assert saying(client.post(address, {"text": ""}), "No guest is named in it.")


def test_a_house_that_is_not_there_is_not_chosen(client, desk):
    assert client.post(reverse("rooms:choose-house"), {"house": 987654}).status_code == 404
