"""Why a whole file can't be read, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class UnreadableFile(DomainError):
    """A file that is refused as a whole, before any order of it is stored."""

    code = "file_unreadable"
    message = _("This file can't be read. Save it as CSV UTF-8 or XLSX and try again.")


class EmptyFile(UnreadableFile):
    """No rows."""

    code = "file_empty"
    message = _("The file is empty. Choose a file with a header row and at least one row of orders.")


class WrongType(UnreadableFile):
    """Neither CSV nor XLSX."""

    code = "file_wrong_type"
    message = _("This is %(what)s, not CSV or XLSX. Open it in a spreadsheet program and save it as XLSX or CSV UTF-8.")


class UnknownEncoding(UnreadableFile):
    """Text in an encoding we can't tell."""

    code = "file_unknown_encoding"
    message = _("The text is neither UTF-8, UTF-16 nor GB18030. Save the file as CSV UTF-8, or choose the encoding.")


class DamagedFile(UnreadableFile):
    """Ends in the middle, or is not what it claims to be."""

    code = "file_damaged"
    message = _("The file is damaged or incomplete (%(fact)s). Get it again, or open it and save it anew.")


class TooLarge(UnreadableFile):
    """Unpacks to more than we are willing to read."""

    code = "file_too_large"
    message = _("The file unpacks to %(size)s, more than the %(limit)s allowed. Split it into smaller files.")


class SuspiciousPacking(UnreadableFile):
    """Compressed far beyond what a table of orders can be."""

    code = "file_suspicious_packing"
    message = _("The file unpacks to %(ratio)s times its size, as no table of orders does. Save it as CSV.")


class TooManyColumns(UnreadableFile):
    """Wider than any order file."""

    code = "file_too_many_columns"
    message = _("The header has more than %(limit)s columns. Delete the columns that are not needed.")


class NoSuchSheet(UnreadableFile):
    """The chosen sheet is not in the workbook."""

    code = "file_no_such_sheet"
    message = _("There is no sheet “%(sheet)s”. The file has: %(sheets)s.")


class MissingColumns(UnreadableFile):
    """The mapping names columns, or needs fields, that the file does not have."""

    code = "file_missing_columns"
    message = _("Columns are missing: %(missing)s. The file has: %(columns)s. Rename them in the file or map them.")


class DuplicateColumns(UnreadableFile):
    """A column that is to be read occurs twice."""

    code = "file_duplicate_columns"
    message = _("The column “%(column)s” occurs more than once. Rename or delete one of them.")


class AmbiguousDates(UnreadableFile):
    """Dates that can be read two ways."""

    code = "file_ambiguous_dates"
    message = _("Dates like %(example)s can be read two ways. Choose day first or month first in the mapping.")


class BadOption(UnreadableFile):
    """A mapping's option has no meaning."""

    code = "mapping_bad_option"
    message = _("The mapping's option %(option)s has the value “%(value)s”, which is not possible.")


def size_text(size: int) -> str:
    """``size`` in MB for people."""
    return f"{size / 1_048_576:,.0f} MB"
