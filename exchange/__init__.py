"""Files and measurements that the packages exchange: one type and one reader each."""
