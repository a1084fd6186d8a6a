"""Pages of bookings and stays."""
