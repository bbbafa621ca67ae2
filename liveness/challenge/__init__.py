"""What a person is asked to do, when they were asked, and whether they reacted as a person does."""
