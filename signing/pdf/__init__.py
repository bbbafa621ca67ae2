"""PDF files as a seal needs them: read a document's pages, draw on them, append signed revisions."""
