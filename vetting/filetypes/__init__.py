"""What a file really is: decided by its content and a real parse, never by its name or what the browser says."""

from vetting.filetypes.check import Accepted, NotChecked, Refused, examine, expect
from vetting.filetypes.sniff import MEDIA_TYPES, NAMES

__all__ = ["MEDIA_TYPES", "NAMES", "Accepted", "NotChecked", "Refused", "examine", "expect"]
