"""Pages of rooms."""

from django.urls import path

from hotel.rooms.views import board, commands, form, locks, phone

app_name = "rooms"
urlpatterns = [
    path("", board.board, name="board"),
    path("tiles/", board.tiles, name="tiles"),
    path("house/", board.choose_house, name="choose-house"),
    path("phone/", phone.phone, name="phone"),
    path("housekeeping/", commands.housekeeping, name="housekeeping"),
    path("flag/", commands.flag, name="flag"),
    path("block/", commands.block, name="block"),
    path("blocks/<int:pk>/end/", commands.end_block, name="end-block"),
    path("<int:pk>/panel/", board.panel, name="panel"),
    path("<int:pk>/form/", form.edit, name="form"),
    path("<int:pk>/lock/", locks.take, name="lock"),
    path("<int:pk>/lock/state/", locks.state, name="lock-state"),
    path("<int:pk>/lock/keep/", locks.keep, name="lock-keep"),
    path("<int:pk>/lock/release/", locks.give_back, name="lock-release"),
    path("<int:pk>/lock/force/", locks.force, name="lock-force"),
    path("<int:pk>/lock/changes/", locks.changes, name="lock-changes"),
]
