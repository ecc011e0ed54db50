"""Conversations as they look on the phones, and their player."""
