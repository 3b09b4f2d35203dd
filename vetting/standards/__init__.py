"""Frameworks of standards and the arithmetic of ratings: pure calculation, no web, no database, no clock."""
