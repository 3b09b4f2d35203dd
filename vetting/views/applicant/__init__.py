"""The applicant's side: from registering an organization to the decision."""
