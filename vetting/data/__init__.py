"""Versioned reference data shipped with the application, and the plain readers for it.

Every file says whether it is the district's own (`provenance: district`) or an example set that a district is expected
to replace (`provenance: example`). Readers only parse and check; rules that use the data live in the packages above.
"""
