"""MediaPipe's face networks run directly: the bundle read, each network called, the geometry around them."""
