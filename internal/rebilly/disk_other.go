//go:build !linux

package rebilly

import "io/fs"

// belongsToOther returns false: changing the mode finds out.
func belongsToOther(fs.FileInfo) bool { return false }

// isMountPoint returns false: renaming finds out.
func isMountPoint(string) bool { return false }

// freeSpace returns false: writing finds out.
func freeSpace(string) (int64, bool) { return 0, false }
