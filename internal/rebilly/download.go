package rebilly

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Download is a file to download to a local path.
type Download struct {
	// File is the record of the file, as GetFile returns it.
	File *File
	// Path is where the file is written. Missing parent folders are created.
	Path string
	// Link returns a new signed link to the file.
	Link func(context.Context) (string, error)
	// Progress is called with the number of bytes that are received so far. The
	// number falls when a download starts over. Progress may be nil.
	Progress func(received int64)
	// Retrying is called before the delay of a retry, with the reason, which is safe
	// for errors and logs. Retrying may be nil.
	Retrying func(reason string)
	// Warn is called with what the user should know about the folder, or about a file
	// that is already there. Warn may be nil.
	Warn func(text string)
}

// DownloadError says that a file could not be downloaded: its link is not a valid
// https URL, its host did not deliver it, the time allowed has passed, or its
// size or SHA-1 (RFC 3174) is not the one in the API's record.
type DownloadError struct {
	// Reason says why. It is safe for errors and logs.
	Reason string
	// Attempts is the number of attempts, each with its redirects. It is 0 if the
	// time passed before the first one.
	Attempts int

	cause error
}

func (e *DownloadError) Error() string {
	if e.Attempts < 2 {
		return e.Reason
	}

	return fmt.Sprintf("%s (after %s)", e.Reason, FormatAttempts(e.Attempts))
}

// Unwrap returns context.DeadlineExceeded if the deadline of the caller's
// context ended the download.
func (e *DownloadError) Unwrap() error { return e.cause }

// Download downloads a file, verifies its size and SHA-1, and then moves it to
// its path, with the mode 0600. It returns false if the path already had the
// same content; then it downloads nothing, and sets the mode. After an error, the
// path is as it was before, and no other file is left; only if another program
// exchanged the file meanwhile, it is removed. A symbolic link at the path is
// replaced, and its target stays as it is.
//
// A broken connection is resumed with a Range request, if the host supports that. A
// link that the host refuses is replaced by a new one, once per progress. What can
// appear late is requested again: a file that is not found, or shorter than its record
// says. The error is a *DownloadError, an *fs.PathError, an error of Link, or
// context.Canceled. It never shows the link.
func (c *Client) Download(ctx context.Context, download Download) (downloaded bool, err error) {
	existing, err := openContent(ctx, download.Path, download.File)
	if err != nil {
		return false, err
	}
	if existing != nil {
		defer func() { _ = existing.Close() }()
		if err := existing.Chmod(0o600); err != nil {
			download.warn("The exported file was already there, and the mode of %q cannot be changed to 0600, so that others may be able to read it: %s.\n\n"+
				"Change its owner or its mode, or use another path.", download.Path, errors.Unwrap(err))
		}

		return false, nil
	}
	// filepath.Dir would resolve ".." before symbolic links, unlike the system.
	folder, name := filepath.Split(download.Path)
	folder = cmp.Or(folder, ".")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false, fmt.Errorf("creating the folder: %w", err)
	}
	// Everything happens in the folder that is opened here, even if something else
	// is put at its path while the file is downloaded.
	root, err := os.OpenRoot(folder)
	if err != nil {
		return false, fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	if err := download.checkFolder(root, folder); err != nil {
		return false, err
	}
	temporaryName := ".rebilly-" + rand.Text() + ".part"
	temporary, err := root.OpenFile(temporaryName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, pathError("create", folder, err)
	}
	file := newHashedFile(temporary)
	defer func() {
		file.stop()
		_ = temporary.Close()
		if !downloaded {
			_ = root.Remove(temporaryName)
		}
	}()
	transfer := &transfer{client: c, download: download, file: file}
	if err := c.retry(ctx, transfer); err != nil {
		if failed, ok := errors.AsType[*DownloadError](err); ok {
			failed.Attempts = transfer.attempts
		}

		return false, err
	}
	// The content is on the disk before its name is, so that a crash of the machine
	// leaves no empty file under the path.
	if err := file.sync(); err != nil {
		return false, err
	}
	if err := root.Rename(temporaryName, name); err != nil {
		return false, pathError("replace", download.Path, err)
	}
	if err := download.checkFile(ctx, temporary); err != nil {
		_ = root.Remove(name)

		return false, err
	}

	return true, nil
}

func (d Download) warn(format string, arguments ...any) {
	if d.Warn != nil {
		d.Warn(fmt.Sprintf(format, arguments...))
	}
}

// checkFolder returns an error if the disk of the folder is too small for the file,
// and warns if everybody may exchange files in it.
func (d Download) checkFolder(root *os.Root, folder string) error {
	if free, known := freeSpace(folder); known && free < d.File.Size {
		return &fs.PathError{Op: "write", Path: folder, Err: fmt.Errorf("the disk has %d bytes left, and the file has %d", free, d.File.Size)}
	}
	const everybodyMayWrite = 0o002
	// Windows has no such modes.
	if info, err := root.Stat("."); err == nil && info.Mode()&everybodyMayWrite != 0 && info.Mode()&fs.ModeSticky == 0 && runtime.GOOS != "windows" {
		d.warn("Every user of this machine can replace the files in %q, because its mode is %#o.\n\n"+
			"Write to a folder that only you can change, or set the sticky bit.", folder, info.Mode().Perm())
	}

	return nil
}

// checkFile returns an error if the path has neither the open file, which was
// verified, nor another one with the same content.
func (d Download) checkFile(ctx context.Context, verified *os.File) error {
	want, err := verified.Stat()
	if err != nil {
		return fmt.Errorf("checking the file: %w", err)
	}
	if got, err := os.Lstat(d.Path); err == nil && os.SameFile(want, got) {
		return nil
	}
	if other, err := openContent(ctx, d.Path, d.File); err == nil && other != nil {
		return other.Close() //nolint:wrapcheck // It was only read.
	}

	return &fs.PathError{Op: "replace", Path: d.Path, Err: errors.New("another program replaced the file or its folder meanwhile; do not use what is there, and run this again")}
}

// pathError returns the error of an os.Root with the whole path, and without the
// name of the temporary file.
func pathError(operation, path string, err error) error {
	return &fs.PathError{Op: operation, Path: path, Err: cmp.Or(errors.Unwrap(err), err)}
}

// CanNameFile reports whether path can be that of a file: it has a last element,
// and that is not "." or "..".
func CanNameFile(path string) bool {
	_, name := filepath.Split(path)

	return name != "" && name != "." && name != ".."
}

// openContent opens the file at path if it has the content of file, and belongs to
// this user. If not, it returns nil. It returns an error for a path that is neither the
// path of a regular file nor of a symbolic link to one.
func openContent(ctx context.Context, path string, file *File) (*os.File, error) {
	if !CanNameFile(path) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("the path does not name a file")}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil //nolint:nilnil // There is no file.
	case err != nil:
		return nil, fmt.Errorf("reading the existing file: %w", err)
	case info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		// Renaming would replace a device such as /dev/null.
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	case isMountPoint(path):
		return nil, &fs.PathError{Op: "replace", Path: path, Err: errors.New("something is mounted there, so that it cannot be replaced; mount its folder instead")}
	case info.Size() != file.Size:
		return nil, nil //nolint:nilnil // It has other content.
	}

	// Somebody could put a pipe there meanwhile, which would block.
	existing, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // The user names the path.
	if err != nil {
		return nil, fmt.Errorf("reading the existing file: %w", err)
	}
	same, err := hasContent(ctx, path, existing, file)
	if err != nil || !same {
		_ = existing.Close()

		return nil, err
	}

	return existing, nil
}

// hasContent reports whether existing, which was opened at path, has the content of
// file. A symbolic link has not, so that it is replaced and its target stays as it is.
func hasContent(ctx context.Context, path string, existing *os.File, file *File) (bool, error) {
	opened, err := existing.Stat()
	if err != nil {
		return false, fmt.Errorf("reading the existing file: %w", err)
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(named, opened) || !named.Mode().IsRegular() || belongsToOther(opened) {
		return false, nil //nolint:nilerr // What is not found has no content.
	}
	sum := sha1.New() //nolint:gosec // The API has no other hash.
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(sum, existing, fileBuffer)
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return false, &DownloadError{Reason: "reading the existing file took longer than the time allowed", cause: err}
	case !errors.Is(err, io.EOF):
		return false, fmt.Errorf("reading the existing file: %w", err)
	}

	return hex.EncodeToString(sum.Sum(nil)) == file.SHA1, nil
}
