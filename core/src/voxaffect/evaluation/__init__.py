"""How right a backend is: manifests of labelled recordings, metrics, intervals over speakers."""
