"""Files that the office brings in: read whole, check every row, and say line by line what is wrong. All or nothing."""
