"""Pure rules on documents that run out, and on how long files are kept. Nothing here reads the clock or a database."""
