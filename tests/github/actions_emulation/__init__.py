"""An emulation of GitHub Actions, for tests alone: it is not GitHub, and README.md beside this folder says where it differs."""
