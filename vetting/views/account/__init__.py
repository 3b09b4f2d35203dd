"""Accounts: signing in and out, proving an address, second steps, browsers that are signed in, invitations."""
