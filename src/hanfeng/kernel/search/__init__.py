"""Full-text search in Chinese and English over what the desks show and over the text of attached files."""
