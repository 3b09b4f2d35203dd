"""Documents the office issues: agreements and letters as sealed, archival, accessible PDF, and the checks on them.

Everything here is bytes or plain data in, bytes or plain data out. WeasyPrint and a stranger's PDF are only ever
touched in a limited child process; sealing happens in the worker. See `docs/architecture.md`.
"""
