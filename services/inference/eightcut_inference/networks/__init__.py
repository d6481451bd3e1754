"""Networks with weights. Only modules below `wave` and `spectrum`, and `runner`, import torch: it takes seconds."""
