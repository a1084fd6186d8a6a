"""A till with people at it."""

import factory

from hotel.models import ChargeCode, Company, Shift
from tests.factories.hotel import AT, TODAY, PropertyFactory
from tests.factories.staff import StaffFactory


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Company

    property = factory.SubFactory(PropertyFactory)
    code = factory.Sequence(lambda n: f"C{n}")
    name = factory.Sequence(lambda n: f"Company {n}")
    credit_limit = 1000


class ChargeCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ChargeCode

    property = factory.SubFactory(PropertyFactory)
    code = factory.Sequence(lambda n: f"X{n}")
    name = factory.Sequence(lambda n: f"Thing {n}")
    department = "shop"


class ShiftFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Shift

    property = factory.SubFactory(PropertyFactory)
    staff = factory.SubFactory(StaffFactory)
    business_date = TODAY
    opened_at = AT
