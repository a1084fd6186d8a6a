"""What can go wrong with the embedded servers, said in one line."""


class EmbeddedError(Exception):
    """The embedded servers cannot run here; the message says why and what to do."""
