def refresh_search(sitter) -> None:
    """Replaced by the search engine in the next commit."""
