"""Forms: what a person typed becomes a frozen command, or sentences that say what to do instead."""
