"""A company to look at: its goods, its shops, thirty days of its orders, all through the real doors."""
