"""The dashboard's doors, a file for each of its pages."""
