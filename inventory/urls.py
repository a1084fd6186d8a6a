"""Pages of this floor."""

from django.urls import path

from inventory.catalog import views as catalog
from inventory.counting import views as counting
from inventory.stock import views as stock

urlpatterns = [
    path("stock/", stock.stock_list, name="stock-list"),
    path("stock/export/", stock.stock_export, name="stock-export"),
    path("stock/move/", stock.stock_move, name="stock-move"),
    path("stock/adjust/", stock.stock_adjust, name="stock-adjust"),
    path("skus/", catalog.sku_list, name="sku-list"),
    path("skus/<int:pk>/", catalog.sku_detail, name="sku-detail"),
    path("merchant-codes/", catalog.merchant_code_list, name="merchant-code-list"),
    path("merchant-codes/add/", catalog.merchant_code_add, name="merchant-code-add"),
    path("merchant-codes/<int:pk>/", catalog.merchant_code_change, name="merchant-code-change"),
    path("merchant-codes/<int:pk>/delete/", catalog.merchant_code_delete, name="merchant-code-delete"),
    path("receipts/", counting.receipt_list, name="receipt-list"),
    path("receipts/new/", counting.receipt_new, name="receipt-new"),
    path("receipts/file/", counting.receipt_file, name="receipt-file"),
    path("receipts/<int:pk>/", counting.receipt_detail, name="receipt-detail"),
]
