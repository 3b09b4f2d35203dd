"""What a program can notice about a document before a person reads it. Pure rules: words of pages in, findings out.

A finding is a hint to the sender and to the reviewer. It never stops anything.
"""
