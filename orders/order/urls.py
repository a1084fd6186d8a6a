"""Addresses below /orders/."""

from django.urls import path, re_path

from orders.order.views import bulk, detail, listing, typed

NUMBER = r"^(?P<number>[A-Z]{2}[0-9]{6,20})/"

urlpatterns = [
    path("", listing.order_list, name="order-list"),
    path("columns/", listing.choose_columns, name="columns"),
    path("bulk/<slug:action>/", bulk.bulk_preview, name="bulk"),
    path("bulk/<slug:action>/start/", bulk.bulk_start, name="bulk-start"),
    path("new/", typed.order_type, name="order-type"),
    path("new/skus/", typed.sku_hits, name="order-type-skus"),
    path("places/", typed.place_hits, name="places"),
    re_path(NUMBER + r"$", detail.order_detail, name="order-detail"),
    re_path(NUMBER + r"reveal/$", detail.order_reveal, name="order-reveal"),
    re_path(NUMBER + r"edit/$", detail.order_edit, name="order-edit"),
    re_path(NUMBER + r"cancel/$", detail.order_cancel, name="order-cancel"),
    re_path(NUMBER + r"invalid/$", detail.order_invalid, name="order-invalid"),
    re_path(NUMBER + r"sign/$", detail.order_sign, name="order-sign"),
    re_path(NUMBER + r"close/$", detail.order_close, name="order-close"),
    re_path(NUMBER + r"note/$", detail.order_note, name="order-note"),
    re_path(NUMBER + r"remark/$", detail.order_remark, name="order-remark"),
    re_path(NUMBER + r"pay/$", detail.order_pay, name="order-pay"),
    re_path(NUMBER + r"raw/(?P<pk>[0-9]+)/$", detail.order_raw, name="order-raw"),
]
