"""What all pages for people share: one frame, one style sheet, charts as inline SVG, small pictures."""
