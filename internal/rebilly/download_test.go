package rebilly

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestDownload_savesVerifiedFile(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, fileBuffer - 1, fileBuffer, fileBuffer + 1, 5*fileBuffer + 17} {
		d := newDownloader(t, size)
		var received int64
		d.Progress = func(count int64) {
			if count < received {
				t.Errorf("progress fell from %d to %d", received, count)
			}
			received = count
		}
		if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded || received != size || d.ranges(t) != "all" {
			t.Errorf("%d: got %t and %v after %d bytes and the requests %s", size, downloaded, err, received, d.ranges(t))
		}
	}
}

func TestDownload_overHTTP2(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serveTLS(t, api.Files())
	api.SetFilesURL(address)
	api.FailFiles(rebillytest.CutFile(700_000), rebillytest.Together(rebillytest.NoLength(), rebillytest.CutFileHalfway()))
	d := newDownloaderOf(t, api, 1_000_000, transport, noDelay)
	if _, err := d.run(t, t.Context()); err != nil {
		t.Error(err)
	}
	if got := d.ranges(t); got != "all 700000- 850000-" || api.FileRequests()[0].Proto != "HTTP/2.0" {
		t.Errorf("the requests were %s over %s", got, api.FileRequests()[0].Proto)
	}
}

func TestDownload_makesFolders(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	folder := filepath.Join(filepath.Dir(d.Path), "exports")
	d.Path = filepath.Join(folder, "2026", "march.zip")
	d.Progress = func(int64) {
		parts, _ := filepath.Glob(filepath.Join(folder, "2026", ".rebilly-*.part"))
		if info, err := os.Stat(strings.Join(parts, " ")); err != nil || info.Mode() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("the temporary files beside the path are %v, with the error %v", parts, err)
		}
	}
	if _, err := d.run(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	// Windows would not rename an open file, and an open file is not on the disk.
	descriptors, _ := filepath.Glob("/proc/self/fd/*")
	for _, descriptor := range descriptors {
		if target, err := os.Readlink(descriptor); err == nil && target == d.Path {
			t.Error("the file is still open")
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 && runtime.GOOS != "windows" {
		t.Errorf("the folder is %v, with the error %v", info.Mode(), err)
	}
}

func TestDownload_relativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"march.zip", "a/../b/march.zip"} {
		d := newDownloader(t, 1000)
		d.Path = filepath.FromSlash(path)
		if _, err := d.run(t, t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The folder of link/../march.zip is that of the link's target. The temporary
// file must be there too: a file cannot be renamed to another file system.
func TestDownload_temporaryFileBehindSymbolicLink(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows resolves .. before it follows links")
	}
	d := newDownloader(t, 1000)
	folder := t.TempDir()
	if err := os.Symlink(filepath.Dir(d.Path), filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	d.Path = folder + "/link/../march.zip"
	d.Progress = func(int64) {
		if parts, _ := filepath.Glob(filepath.Join(folder, ".rebilly-*")); len(parts) > 0 {
			t.Errorf("the temporary file is %s", parts)
		}
	}
	if _, err := d.run(t, t.Context()); err != nil {
		t.Error(err)
	}
}

// The content can be there with the mode of another program.
func TestDownload_sameContentGetsTheMode(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1000} {
		d := newDownloader(t, size)
		d.write(t, d.content)
		if downloaded, err := d.run(t, t.Context()); err != nil || downloaded || d.links > 0 || len(d.api.FileRequests()) > 0 {
			t.Errorf("got %t and %v, and %d links and %d files were requested", downloaded, err, d.links, len(d.api.FileRequests()))
		}
		d.expectSaved(t)
	}
}

func TestDownload_replacesSymbolicLink(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "other", "same"} {
		d := newDownloader(t, 1000)
		target := filepath.Join(t.TempDir(), "target")
		if err := os.Symlink(target, d.Path); err != nil {
			t.Skip(err)
		}
		if content != "" {
			// It is written through the link.
			d.write(t, map[string][]byte{"other": []byte("other"), "same": d.content}[content])
		}
		before := describe(target)
		if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded {
			t.Errorf("%s: got %t and %v", content, downloaded, err)
		}
		if got := describe(target); got != before {
			t.Errorf("%s: the target of the link became %q", content, got)
		}
	}
}

func TestDownload_diskErrors(t *testing.T) {
	t.Parallel()
	const noFile = "the path does not name a file"
	suffix := func(suffix string) func(string) string { return func(path string) string { return path + suffix } }
	writeFile := func(d *downloader) error { return os.WriteFile(d.Path, make([]byte, d.File.Size), 0o600) }
	inFolder := func(path string) string { return filepath.Join(filepath.Dir(path), "folder", "export.zip") }
	tests := map[string]struct {
		before func(*downloader) error // An error skips the test.
		path   func(path string) string
		during func(path string) error
		want   string
	}{
		"path is a folder":               {path: filepath.Dir, want: "is a directory"},
		"path is a folder to be":         {path: suffix(string(filepath.Separator)), want: noFile},
		"path ends with a dot":           {path: suffix("/new/."), want: noFile},
		"path ends with two dots":        {path: suffix("/new/.."), want: noFile},
		"path is empty":                  {path: func(string) string { return "" }, want: noFile},
		"path is a device":               {before: func(d *downloader) error { return os.Symlink(os.DevNull, d.Path) }, want: "not a regular file"},
		"parent is a file":               {before: writeFile, path: suffix("/export.zip"), want: "not a directory"},
		"parent of the folder is a file": {before: writeFile, path: suffix("/folder/export.zip"), want: "not a directory"},
		"folder is read-only":            {before: func(d *downloader) error { return restrict(filepath.Dir(d.Path), 0o500) }, want: "permission denied"},
		"existing file is unreadable":    {before: func(d *downloader) error { return errors.Join(writeFile(d), restrict(d.Path, 0)) }, want: "permission denied"},
		"disk is too small": {before: func(d *downloader) error {
			d.File.Size = 1 << 62
			if _, known := freeSpace(filepath.Dir(d.Path)); !known {
				return errors.New("nobody knows how much space is left")
			}

			return nil
		}, want: "bytes left"},
		"folder appears at the path": {during: func(path string) error { return os.Mkdir(path, 0o700) }, want: "file exists"},
		"folder is removed":          {path: inFolder, during: func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, want: "no such file or directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && (name == "path is a device" || name == "folder is removed") {
				t.Skip("Windows has no such devices, and does not remove a folder with a file that is open")
			}
			d := newDownloader(t, 1000)
			folder := filepath.Dir(d.Path)
			t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) //nolint:gosec // It is a folder.
			if test.before != nil {
				if err := test.before(d); err != nil {
					t.Skip(err)
				}
			}
			if test.path != nil {
				d.Path = test.path(d.Path)
			}
			requests := 0
			if test.during != nil {
				requests = 1
				d.Progress = func(int64) { _ = test.during(d.Path) }
			}
			_, err := d.Client.Download(t.Context(), d.Download)
			failed, ok := errors.AsType[*fs.PathError](err)
			if !ok || !strings.Contains(err.Error(), test.want) && runtime.GOOS != "windows" {
				t.Fatalf("got %v, want a *fs.PathError with %q", err, test.want)
			}
			if failed.Path != d.Path && !strings.HasPrefix(d.Path, failed.Path) && !strings.HasPrefix(failed.Path, filepath.Dir(d.Path)) {
				t.Errorf("%v names another path than %s", err, d.Path)
			}
			d.expectNoTraces(t, err)
			if got := len(d.api.FileRequests()); got != requests || d.links != requests {
				t.Errorf("%d requests were sent with %d links", got, d.links)
			}
		})
	}
}

// restrict sets the mode of path. It returns an error for users whom a mode does not
// restrict.
func restrict(path string, mode fs.FileMode) error {
	if os.Geteuid() <= 0 {
		return errors.New("a mode restricts neither root nor users of Windows")
	}

	return os.Chmod(path, mode)
}

func TestDownload_writeError(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1000, 3 * fileBuffer} {
		d := newDownloader(t, size)
		file, err := os.Create(d.Path)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		err = d.retry(t.Context(), &transfer{client: d.Client, download: d.Download, file: newHashedFile(file)})
		if _, ok := errors.AsType[*fs.PathError](err); !ok {
			t.Errorf("got %v", err)
		}
	}
}

// No byte can show that content is longer than the largest size.
func TestDownload_largestSize(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	client := newTestClient(t, nil, noDelay, func(c *Config) {
		c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, ProtoMajor: 2, Request: request, Body: io.NopCloser(strings.NewReader("x"))}, nil
		})
	})
	file, err := os.Create(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	d.Link = func(context.Context) (string, error) { return "https://files.example.com/x", nil }
	d.File = &File{ID: fileID, Size: math.MaxInt64, SHA1: d.File.SHA1}
	err = client.retry(t.Context(), &transfer{client: client, download: d.Download, file: newHashedFile(file)})
	if _, ok := errors.AsType[*DownloadError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestDownload_panicLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.Progress = func(int64) { panic("stop") }
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
		d.expectNoTraces(t, nil)
	}()
	_, _ = d.Client.Download(t.Context(), d.Download)
}

func TestDownload_concurrentToOnePath(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1_000_000)
	link, err := d.link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.Link = func(context.Context) (string, error) { return link, nil }
	var downloads sync.WaitGroup
	for range 8 {
		downloads.Go(func() {
			// Windows does not replace a file that another download has open.
			if _, err := d.Client.Download(t.Context(), d.Download); err != nil && runtime.GOOS != "windows" {
				t.Error(err)
			}
		})
	}
	downloads.Wait()
	d.expectSaved(t)
	d.expectNoTraces(t, nil)
}

func TestDownload_memoryIsConstant(t *testing.T) { //nolint:paralleltest // Others would allocate at the same time.
	const (
		size  = 100 << 20
		limit = 16 << 20
	)
	d := newDownloader(t, size)
	d.api.FailFiles(rebillytest.CutFileHalfway())
	// The file host is in this process, and counts too.
	if used := allocated(func() {
		if _, err := d.Client.Download(t.Context(), d.Download); err != nil {
			t.Fatal(err)
		}
	}); used > limit {
		t.Errorf("allocated %d bytes in total", used)
	}
	d.expectSaved(t)
}
