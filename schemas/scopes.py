"""What an API key may be allowed to do."""

SCOPES = (
    "jobs:read",
    "jobs:write",
    "keys:read",
    "keys:write",
    "webhooks:read",
    "webhooks:write",
    "schedules:read",
    "schedules:write",
    "usage:read",
    "settings:read",
    "settings:write",
    "admin",  # all of them
)
