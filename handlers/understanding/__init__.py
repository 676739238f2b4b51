"""What a message means: from a person's text to intents. Pure; its words stand in templates/commands.toml."""
