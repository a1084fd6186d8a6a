"""Branches and people."""

import factory

from oms.models import Branch, Staff


class BranchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Branch

    code = factory.Sequence(lambda n: f"B{n}")
    name = factory.Sequence(lambda n: f"Branch {n}")


class StaffFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Staff
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    display_name = factory.Sequence(lambda n: f"Staff {n}")

    @factory.post_generation
    def branches(self, create, extracted, **_kwargs):
        if extracted:
            self.branches.set(extracted)
