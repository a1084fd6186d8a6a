"""What a bill says of charges and money that came from elsewhere, and in which language."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from hotel.folios import pagedata, services
from hotel.folios.billing import make_bill
from hotel.folios.services import Posting, Tender
from tests.factories.folios import ChargeCodeFactory, ShiftFactory
from tests.factories.hotel import AT, FolioFactory, RoomFactory, StayFactory
from tests.factories.staff import StaffFactory


def bill(folio, language="en", style="summary"):
    return make_bill(pagedata.entries_of(folio), style=style, by="department", language=language)


def test_what_was_paid_on_a_merged_folio_is_a_payment_and_charges_keep_their_department(folio, clerk):
    other = FolioFactory(property=folio.property)
    services.post(postings=[Posting(other.pk, Decimal(80), text="Tea", department="shop")], by=clerk, at=AT)
    services.settle(folio_id=other.pk, tenders=[Tender("cash", Decimal(30))], by=clerk, at=AT)
    services.merge(from_folio_id=other.pk, to_folio_id=folio.pk, reason="one bill", by=clerk, at=AT)

    made = bill(folio)

    assert (made.charges, made.paid, made.balance) == (Decimal(80), Decimal(-30), Decimal(50))
    assert [(row["label"], row["amount"]) for group in made.groups for row in group.rows] == [("Shop", Decimal(80))]
    totals = pagedata.totals(pagedata.entries_of(folio))
    assert (totals["charges"], totals["payments"]) == (Decimal(80), Decimal(30))


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Tea for two"), ("zh", "茶 for two"), ("both", "茶 Tea for two")]
)
def test_a_charge_code_is_named_in_the_bill_s_language(folio, clerk, language, text):
    code = ChargeCodeFactory(property=folio.property, name="茶", english_name="Tea")
    services.post(postings=[Posting(folio.pk, Decimal(8), code.pk, text="茶 for two")], by=clerk, at=AT)

    assert bill(folio, language, "detail").groups[0].rows[0]["text"] == text


def test_a_printed_bill_leads_back_to_its_page(client, folio):
    staff = StaffFactory(branches=[folio.property.branch], language="en")
    staff.groups.add(Group.objects.get_or_create(name="manager")[0])
    staff.is_superuser = True
    staff.save()
    client.force_login(staff)
    room = RoomFactory(property=folio.property, room_type__property=folio.property, room_type__english_name="Lake Twin")
    folio.stay, folio.kind = StayFactory(room_type=room.room_type, room=room), "stay"
    folio.save()
    url = reverse("folios:bill-print", args=[folio.number])

    page = client.post(f"{url}?lang=en&paper=80", {"lang": "en", "paper": "80", "style": "\0"}).content.decode()

    assert f'href="{reverse("folios:bill", args=[folio.number])}?lang=en&amp;paper=80&amp;style=detail"' in page
    assert "Lake Twin" in page


def test_a_refusal_on_a_folio_that_was_closed_meanwhile_is_shown_with_what_was_typed(client, folio):
    staff = StaffFactory(branches=[folio.property.branch], language="en", is_superuser=True)
    ShiftFactory(property=folio.property, staff=staff)
    client.force_login(staff)
    services.close_folios(folio_ids=[folio.pk], by=None, at=AT)
    typed = {"text": "Two umbrellas", "amount": "48"}

    page = client.post(reverse("folios:command", args=[folio.number, "post"]), typed).content.decode()

    assert "is closed" in page
    assert "Two umbrellas" in page
