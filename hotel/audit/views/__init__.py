"""Pages of night audit."""
