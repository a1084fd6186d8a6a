"""Pages of guests and members."""

from django.urls import path

from hotel.members.views import erasing, guests, levels, membership, merging

app_name = "members"
urlpatterns = [
    path("", guests.guest_list, name="list"),
    path("new/", guests.register, name="register"),
    path("levels/", levels.level_list, name="levels"),
    path("levels/<int:pk>/", levels.level, name="level-edit"),
    path("levels/bonus/", levels.add_bonus, name="bonus"),
    path("levels/bonus/<int:pk>/end/", levels.end_bonus, name="bonus-end"),
    path("<int:pk>/", guests.guest, name="guest"),
    path("<int:pk>/edit/", guests.edit, name="edit"),
    path("<int:pk>/reveal/", guests.reveal, name="reveal"),
    path("<int:pk>/blacklist/", guests.blacklist, name="blacklist"),
    path("<int:pk>/enrol/", membership.enrol, name="enrol"),
    path("<int:pk>/level/", membership.level, name="level"),
    path("<int:pk>/points/", membership.points, name="points"),
    path("<int:pk>/refund/", membership.refund, name="refund"),
    path("<int:pk>/top-up/", membership.top_up, name="top-up"),
    path("<int:pk>/entries/<int:entry>/reverse/", membership.reverse_entry, name="reverse"),
    path("<int:pk>/merge/", merging.merge, name="merge"),
    path("<int:pk>/erase/", erasing.erase, name="erase"),
]
