"""Workflows: tables of steps, and the one engine that takes them."""
