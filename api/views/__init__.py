"""How things look over HTTP: bodies that come in and answers that go out."""
