"""Master data of the till in the administration. Money itself is never edited there."""

from django.contrib import admin

from hotel.folios.models import ChargeCode, Company


@admin.register(ChargeCode)
class ChargeCodeAdmin(admin.ModelAdmin):
    """What can be posted by code."""

    list_display = ("code", "name", "property", "department", "price", "tax_percent", "is_active")
    list_filter = ("property", "department", "is_active")
    list_select_related = ("property",)
    search_fields = ("code", "name", "english_name")


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    """Companies whose guests may pay later."""

    list_display = ("code", "name", "property", "credit_limit", "agreement_until", "is_active")
    list_filter = ("property", "is_active")
    list_select_related = ("property",)
    search_fields = ("code", "name")
