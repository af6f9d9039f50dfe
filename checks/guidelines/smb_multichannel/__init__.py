"""Guidelines of the area smb-multichannel."""
