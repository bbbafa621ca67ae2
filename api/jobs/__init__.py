"""Work that outlives a request: durable jobs, and the pool of processes for the heavy part of them."""
