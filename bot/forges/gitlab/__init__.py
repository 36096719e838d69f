"""GitLab, on gitlab.com or self-managed, behind the protocol of `bot.forges`."""
