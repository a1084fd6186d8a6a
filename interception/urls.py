"""Addresses below /interceptions/."""

from django.urls import path

from interception.views import blacklist, locks, reviews

app_name = "interception"
urlpatterns = [
    path("", reviews.queue, name="queue"),
    path("undo/", reviews.undo, name="undo"),
    path("approve/", reviews.approve_many, name="approve-many"),
    path("locked/", locks.locked, name="locked"),
    path("locked/handle/", locks.handle, name="handle"),
    path("locked/map/", locks.map_code, name="map-code"),
    path("history/", locks.history, name="history"),
    path("blacklist/", blacklist.blacklist, name="blacklist"),
    path("blacklist/<int:pk>/toggle/", blacklist.toggle, name="blacklist-toggle"),
    path("<str:number>/approve/", reviews.approve, name="approve"),
    path("<str:number>/claim/", reviews.claim, name="claim"),
    path("<str:number>/pass/", reviews.pass_on, name="pass-on"),
    path("<str:number>/cancel/", reviews.cancel, name="cancel"),
]
