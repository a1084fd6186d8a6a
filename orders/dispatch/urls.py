"""Addresses below /documents/."""

from django.urls import path, re_path

from orders.dispatch.views import documents, papers, shipping

urlpatterns = [
    path("", documents.document_list, name="document-list"),
    path("ship/", shipping.ship_scan, name="document-ship"),
    path("ship/ticked/", shipping.ship_ticked, name="document-ship-ticked"),
    path("ship/table/", shipping.ship_bulk, name="document-ship-bulk"),
    path("pack/", documents.document_pack, name="document-pack"),
    path("unpack/", documents.document_unpack, name="document-unpack"),
    path("resend/", documents.document_resend, name="document-resend"),
    re_path(r"^print/(?P<paper>pick-list|slips)/$", papers.document_print, name="document-print"),
    re_path(r"^paper/(?P<paper>pick-list|slips)/$", papers.document_paper, name="document-paper"),
    re_path(r"^(?P<number>WD[0-9]{7,20})/$", documents.document_detail, name="document-detail"),
]
