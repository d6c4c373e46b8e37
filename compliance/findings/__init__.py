"""What in the trail an officer should look at: ten rules over events, and what becomes of what they find."""
