"""Who there is: accounts, organisations, who acts for whom, and how a person proves to be one."""
