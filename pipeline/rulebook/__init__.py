"""The clinical reference: loaded from its tables, checked, and compiled to arrays for the screen."""
