"""The warehouse clerk's pages."""
