"""What is measured in each frame of a video, and in what order."""
