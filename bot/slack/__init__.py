"""Slack: raw event -> Incoming, Delivery -> Web API call, and the HTTP connection."""
