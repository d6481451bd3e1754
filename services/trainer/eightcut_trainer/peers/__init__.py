"""The services that the Trainer calls: the Store, which keeps everything, and Inference, which has the vectors."""
