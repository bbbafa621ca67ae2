"""Table definitions, one module an area, all on `api.store.metadata.metadata`."""
