"""All of DynamoDB: rows and keys, commit, views for decisions, the outbox."""
