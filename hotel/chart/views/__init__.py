"""Pages of the forward chart."""
