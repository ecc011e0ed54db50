"""The doors: the only place that knows Chalice, HTTP and SQS events."""
