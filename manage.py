#!/usr/bin/env python
"""Entry point of every command: brings up the embedded servers where none are named, then hands over to Django."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
    from oms.embedded import ensure_services

    ensure_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
