import datetime as dt

import pytest

from hotel.members import services
from hotel.members.services import Person
from hotel.models import DeskTrace, Guest
from oms.lib.sealing import unseal
from tests.concurrency import overlap
from tests.factories.hotel import AT

ID = "11010519491231002X"  # the example of GB 11643
ZHANG = Person("张三", "resident_id", ID, "13812345678")


def register(branch, clerk, person=ZHANG):
    return services.register_guest(branch_id=branch.pk, person=person, by=clerk, at=AT)


def test_register_seals_numbers_and_reads_the_identity_card(branch, clerk):
    guest = register(branch, clerk)

    guest.refresh_from_db()
    assert (guest.born_on, guest.gender, guest.id_tail, guest.phone_tail) == (
        dt.date(1949, 12, 31),
        "F",
        "002X",
        "5678",
    )
    assert (unseal(guest.id_sealed), unseal(guest.phone_sealed)) == (ID, "13812345678")
    assert ID.encode() not in bytes(guest.id_sealed)
    assert guest.name_keys == "zhangsan zs"


def test_register_a_known_document_is_the_same_guest_refreshed(branch, clerk):
    first = register(branch, clerk)

    again = register(branch, clerk, Person("张三丰", "resident_id", "110105 19491231 002x", "+86 139 0000 0001"))

    assert (again.pk, again.name, again.phone_tail, again.version) == (first.pk, "张三丰", "0001", 2)
    assert list(DeskTrace.objects.order_by("pk").values_list("action", "data")) == [
        ("guest.registered", None),
        ("guest.refreshed", {"fields": ["name", "phone"]}),
    ]


def test_register_unchanged_changes_nothing(branch, clerk):
    register(branch, clerk)

    assert register(branch, clerk).version == 1


def test_register_adds_the_document_to_who_has_the_name_and_phone(branch, clerk):
    without = register(branch, clerk, Person("张三", phone="13812345678"))

    assert register(branch, clerk).pk == without.pk
    assert register(branch, clerk, Person("李四", phone="13812345678")).pk != without.pk


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person("  "), "name"),
        (Person("123"), "name"),
        (Person("张" * 81), "name"),
        (Person("张三", phone="1234"), "phone"),
        (Person("张三", phone="10812345678"), "phone"),
        (Person("张三", "resident_id", "110105194912310021"), "id_number"),  # checksum
        (Person("张三", "resident_id", "110105194902310028"), "id_number"),  # 31 February
        (Person("张三", "resident_id", ""), "id_number"),
        (Person("张三", "none", "E12345678"), "id_number"),
        (Person("张三", "passport", "E1"), "id_number"),
        (Person("張三", "hm_permit", "X12345678"), "id_number"),
    ],
)
def test_register_refuses_what_cannot_be(branch, clerk, person, field):
    with pytest.raises(services.BadPerson) as refusal:
        register(branch, clerk, person)

    assert refusal.value.details["field"] == field
    assert Guest.objects.count() == 0


@pytest.mark.parametrize(
    ("id_type", "number"),
    [("passport", "E12345678"), ("hm_permit", "H1234567801"), ("tw_permit", "12345678"), ("other", "A-77 1")],
)
def test_register_takes_foreign_documents_and_names(branch, clerk, id_type, number):
    guest = register(branch, clerk, Person("O'Brien, José", id_type, number, "+44 20 7946 0958", nationality="ie"))

    assert (guest.nationality, guest.name_keys) == ("IE", "obrienjose oj joseobrien jo")


@pytest.mark.django_db(transaction=True)
def test_two_clerks_registering_one_document_get_one_guest(branch, clerk):
    assert overlap(lambda: register(branch, clerk), lambda: register(branch, clerk)) is None

    assert Guest.objects.count() == 1


def test_change_refuses_a_late_save_and_names_the_difference(branch, clerk):
    guest = register(branch, clerk)
    services.change_guest(guest_id=guest.pk, version=1, person=ZHANG, preferences="high floor", by=clerk, at=AT)

    with pytest.raises(services.GuestChanged, match="phone, preferences"):
        services.change_guest(
            guest_id=guest.pk,
            version=1,
            person=Person("张三", "resident_id", ID, "13900000000"),
            preferences="",
            by=clerk,
            at=AT,
        )
    guest.refresh_from_db()
    assert (guest.phone_tail, guest.preferences, guest.version) == ("5678", "high floor", 2)


def test_change_to_anothers_document_is_refused(branch, clerk):
    register(branch, clerk)
    other = register(branch, clerk, Person("李四"))

    with pytest.raises(services.DocumentTaken):
        services.change_guest(guest_id=other.pk, version=1, person=ZHANG, preferences="", by=clerk, at=AT)


def test_reveal_is_traced_without_what_was_seen(branch, clerk):
    guest = register(branch, clerk)

    assert services.reveal(guest_id=guest.pk, field="id_number", by=clerk, at=AT) == ID

    trace = DeskTrace.objects.latest("pk")
    assert (trace.action, trace.by, trace.data) == ("guest.revealed", clerk, {"field": "id_number"})
    with pytest.raises(KeyError):
        services.reveal(guest_id=guest.pk, field="id_hash", by=clerk, at=AT)


def test_a_blacklisted_guest_is_let_in_only_with_a_reason_by_who_may(branch, clerk):
    guest = register(branch, clerk)
    services.blacklist_guest(guest_id=guest.pk, reason="broke the TV", by=clerk, at=AT)
    boss = type(clerk)(pk=clerk.pk, is_superuser=True)

    with pytest.raises(services.Blacklisted, match="broke the TV"):
        services.admit(guest_ids=[guest.pk], by=clerk, at=AT, reason="please")
    with pytest.raises(services.Blacklisted):
        services.admit(guest_ids=[guest.pk], by=boss, at=AT)
    services.admit(guest_ids=[guest.pk], by=boss, at=AT, reason="paid for it")

    assert DeskTrace.objects.latest("pk").reason == "paid for it"
    services.clear_blacklist(guest_id=guest.pk, reason="paid for it", by=clerk, at=AT)
    services.admit(guest_ids=[guest.pk], by=clerk, at=AT)


def test_enrol_once(branch, clerk, level):
    guest = register(branch, clerk)
    member = services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)

    assert member.number == f"M{member.pk:08}"
    with pytest.raises(services.AlreadyMember):
        services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
