"""Everything of one person in one ZIP. See docs/data.md."""
