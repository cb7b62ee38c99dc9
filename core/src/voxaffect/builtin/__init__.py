"""The tables that every pipeline shares: where each emotion lies, and how it is spoken."""
