"""The workbooks that people read: one for each resident, and one for everyone."""
