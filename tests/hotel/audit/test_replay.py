"""A small made-up file through `manage.py replay_stays`: everything it asks for happens, and the books are right."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from hotel.audit.models import AuditRun
from hotel.audit.replay.reading import read_bookings, rooms_needed
from hotel.audit.replay.sample import made_up, write_csv
from hotel.models import RoomCharge, Stay
from oms.lib.books import breaches

FIRST = dt.date(2016, 2, 20)  # over a leap day


@pytest.fixture
def file(tmp_path):
    bookings = made_up(60, FIRST)
    path = tmp_path / "bookings.csv"
    write_csv(path, bookings)
    return path, bookings


def play(path, **options):
    out = io.StringIO()
    call_command("replay_stays", str(path), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_a_file_is_read_as_it_was_written(file):
    path, bookings = file
    assert [(b.kind, b.arrival_on, b.nights, b.end) for b in read_bookings(path)] == [
        (b.kind, b.arrival_on, b.nights, b.end) for b in bookings
    ]


@pytest.mark.django_db
def test_every_booking_comes_to_its_end_and_every_night_is_posted(file):
    path, bookings = file
    facts = play(path)
    ends = [booking.end for booking in bookings]
    assert facts["refusals"] == {}
    assert (facts["checked_out"], facts["cancelled"], facts["no_shows"]) == tuple(
        ends.count(end) for end in ("out", "cancelled", "no_show")
    )
    paid = [b for b in bookings if b.end == "out" and b.price]
    assert facts["nights_posted"] == RoomCharge.objects.count() == sum(b.nights for b in paid)
    assert Decimal(facts["revenue"]) == sum(b.nights * b.price for b in paid)
    assert facts["rooms"] == sum(rooms_needed(bookings).values())
    assert AuditRun.objects.filter(status="done").count() == facts["days"]
    assert breaches() == []


@pytest.mark.django_db
def test_too_few_rooms_refuse_by_reason(file):
    path, _bookings = file
    facts = play(path, rooms=4)
    assert facts["rooms"] == 4
    assert facts["refusals"]["stay_no_availability"] > 5
    assert facts["reserved"] < 60
    assert not Stay.objects.filter(status__in=["confirmed", "in_house"]).exists()
    assert breaches() == []


@pytest.mark.django_db
def test_no_file_and_no_second_house(file, tmp_path):
    with pytest.raises(CommandError, match="is no file"):
        play(tmp_path / "nothing.csv")
    play(file[0], first=2)
    with pytest.raises(CommandError, match="There is a property REPLAY already"):
        play(file[0], first=2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(128, 256)), "row 1"),
        (b"order,price\n1,2\n", "row 1: no column, month or status 'arrival_date_month'"),
        (b"arrival_date_month,arrival_date_year\nJuly,soon\n", "row 1"),
    ],
)
def test_a_file_that_is_none_of_bookings_is_refused_with_its_row(tmp_path, content, said):
    path = tmp_path / "junk.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=said):
        call_command("replay_stays", str(path))
