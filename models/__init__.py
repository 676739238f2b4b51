"""Floor 0, the nouns: tables and frozen value types. No vendor, no clock; only db.py touches a connection."""
