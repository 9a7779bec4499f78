"""Patient classifiers: from a scan's features to its class (XGBoost, SVM, logistic regression)."""
