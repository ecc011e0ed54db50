"""What browsers get: pages, feeds, cards, pictures and calendar files, made of what core/showing.py shows."""
