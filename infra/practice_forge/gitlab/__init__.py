"""The second dialect: GitLab's REST API v4 with the rules that its documentation states."""
