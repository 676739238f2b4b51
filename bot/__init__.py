"""Floor 3, the rim: platforms, sockets, settings, clock, composition root. The only async, the only vendor imports."""
