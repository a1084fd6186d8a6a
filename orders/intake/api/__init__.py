"""Orders over HTTP, signed."""
