"""Pages of the till, below /hotel/folios/."""

from django.urls import path

from hotel.folios.views import bills, companies, folio, invoices, lists, routes, sales, shifts

app_name = "folios"
urlpatterns = [
    path("", lists.folio_list, name="list"),
    path("sell/", sales.sell, name="sell"),
    path("shift/", shifts.shift, name="shift"),
    path("shift/open/", shifts.open_shift, name="shift-open"),
    path("shift/<int:pk>/", shifts.summary, name="shift-summary"),
    path("shift/<int:pk>/count/", shifts.count, name="shift-count"),
    path("shift/<int:pk>/hand-over/", shifts.hand_over, name="shift-hand-over"),
    path("companies/", companies.company_list, name="companies"),
    path("companies/<int:pk>/", companies.company, name="company"),
    path("companies/<int:pk>/pay/", companies.pay, name="company-pay"),
    path("companies/<int:pk>/apply/<int:payment>/", companies.apply, name="company-apply"),
    path("companies/<int:pk>/limit/", companies.limit, name="company-limit"),
    path("invoices/", invoices.invoice_list, name="invoices"),
    path("invoices/<int:pk>/issue/", invoices.issue, name="invoice-issue"),
    path("routes/<str:number>/", routes.routes, name="routes"),
    path("routes/<str:number>/end/", routes.end, name="routes-end"),
    path("<str:number>/", folio.folio, name="folio"),
    path("<str:number>/bill/", bills.bill, name="bill"),
    path("<str:number>/bill/print/", bills.print_bill, name="bill-print"),
    path("<str:number>/history/", folio.history, name="history"),
    path("<str:number>/<slug:name>/", folio.command, name="command"),
]
