"""Work that the command line and the worker do: no web request, and no mail of its own."""
