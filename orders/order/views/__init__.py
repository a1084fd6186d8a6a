"""Pages of orders: the list, one order, its commands, commands on many, typing one in."""
