"""The kinds of files that pages are made of."""

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

DRAWN = frozenset({PDF, JPEG, PNG})
"""Shown as pictures; of the others only the words are shown."""

SHOWN = DRAWN | {DOCX, XLSX}
