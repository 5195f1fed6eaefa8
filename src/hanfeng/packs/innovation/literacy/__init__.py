"""Scientific literacy: a sample survey of citizens, from the draw over the telephone of the interviewer to an honest interval."""
