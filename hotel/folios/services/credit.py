"""Company credit: who may put what on account."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from hotel.folios.models import Company, FolioKind
from hotel.folios.queries import balances
from hotel.folios.services.errors import CompanyClosed, CreditExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotel.folios.services.desk import Desk


def check_credit(desk: Desk, amounts: Iterable[tuple[int, Decimal]]) -> None:
    """Refuse what would take a company above its limit, under the lock of its folio. Other folios pass.

    Credit needs an active company with an agreement that has not ended. Raises CompanyClosed, CreditExceeded.
    """
    more: dict[int, Decimal] = defaultdict(Decimal)
    for folio_id, amount in amounts:
        if desk.folios[folio_id].kind == FolioKind.COMPANY:
            more[folio_id] += amount
    more = {folio_id: amount for folio_id, amount in more.items() if amount > 0}
    if not more:
        return
    owed = balances(more)
    companies = Company.objects.in_bulk([desk.folios[folio_id].company_id for folio_id in more])
    for folio_id, amount in more.items():
        folio = desk.folios[folio_id]
        company = companies[folio.company_id]
        today = folio.property.business_date
        if not company.is_active or (company.agreement_until and company.agreement_until < today):
            raise CompanyClosed(company=company.name)
        if owed[folio_id] + amount > company.credit_limit:
            raise CreditExceeded(
                company=company.name, balance=str(owed[folio_id]), limit=str(company.credit_limit), amount=str(amount)
            )
