"""The customer's own pages, behind the links of their messages."""
