package rebilly

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// isMountPoint reports whether something is mounted at path, such as a single file of
// a container. No other file can be renamed to it.
func isMountPoint(path string) bool {
	var info unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &info)

	return err == nil && info.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

// belongsToOther reports whether a file belongs to another user, who can change it
// later.
func belongsToOther(info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)

	return ok && int(status.Uid) != os.Geteuid()
}

// freeSpace returns the number of bytes that the user can still write to the disk of
// folder, and whether that is known.
func freeSpace(folder string) (int64, bool) {
	var info unix.Statfs_t
	// Some file systems of FUSE do not know their size.
	if unix.Statfs(folder, &info) != nil || info.Blocks == 0 {
		return 0, false
	}

	return int64(info.Bavail) * int64(info.Bsize), true //nolint:gosec,unconvert // No disk has 2^63 bytes, and Bsize has 32 bits on some platforms.
}
