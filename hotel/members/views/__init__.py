"""Pages of guests and members."""
