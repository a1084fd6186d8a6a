"""Pages of interception: reviews, system locks, blacklist."""
