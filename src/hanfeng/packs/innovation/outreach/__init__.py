"""Popular science: bases and museum halls, activities with booking and attendance, contests, and how many people were reached."""
