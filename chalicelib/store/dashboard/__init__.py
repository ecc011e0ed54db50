"""What the dashboard shows: of an organizer's own groups, and in a number of reads that does not grow with them."""
