"""The Partnership Fund: who gets how much and why, and where every cent is. Whole cents, pure calculation."""
