//go:build !linux

package rebilly

// isMountPoint returns false: renaming finds out.
func isMountPoint(string) bool { return false }

// freeSpace returns false: writing finds out.
func freeSpace(string) (int64, bool) { return 0, false }
