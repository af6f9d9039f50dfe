"""The site: pages with what is generated from guidelines, cases and test results. Only ``plugin`` knows MkDocs."""
