"""The process room: graphs of activities and the approval modes."""
