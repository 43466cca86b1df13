"""Data of one's own: tables, images, series and recordings from files of any kind."""
