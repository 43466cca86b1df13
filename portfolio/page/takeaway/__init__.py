"""What a reader takes away from a page: figures as files, records, citations, tables."""
