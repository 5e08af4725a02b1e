"""Models behind the OpenAI API: what is known of them, how they are asked, and what is done when asking fails."""
