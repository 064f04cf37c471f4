"""Models of purchasing, one small file each: columns in, expectations out; discounting is not their business."""
