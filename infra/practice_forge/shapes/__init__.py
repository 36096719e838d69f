"""How records look as JSON: the documents of GitHub's REST API and of its webhooks."""
