"""What the till put on the side navigation and the workbench."""


def register() -> None:
    """Called once from AppConfig.ready."""
