"""Pages of rates."""
