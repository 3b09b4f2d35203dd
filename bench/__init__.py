"""Measure what the pages cost against a bare page of the same run: ``python -m bench``, ``python -m bench --quick``."""
