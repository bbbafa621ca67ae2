"""What a person is told while the camera still runs: hints, prompts, progress; and at the end the verdict."""
