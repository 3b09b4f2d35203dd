"""Opening files from outside: run in a child process that can be lost without harm, and imported by nothing else.

It knows nothing of the project but how to lock itself in, so that a child starts in a fraction of a second.
"""
