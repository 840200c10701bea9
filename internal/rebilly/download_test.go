package rebilly

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
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
	tests := map[string]int64{
		"empty":           0,
		"one byte":        1,
		"below a buffer":  fileBuffer - 1,
		"one buffer":      fileBuffer,
		"above a buffer":  fileBuffer + 1,
		"several buffers": 5*fileBuffer + 17,
	}
	for name, size := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, size)
			var received int64
			d.Progress = func(count int64) {
				if count < received {
					t.Errorf("progress fell from %d to %d", received, count)
				}
				received = count
			}
			if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded {
				t.Errorf("got %t and %v", downloaded, err)
			}
			if received != size {
				t.Errorf("the last progress was %d bytes", received)
			}
			if got := d.ranges(t); got != "all" {
				t.Errorf("the requests were %s", got)
			}
		})
	}
}

func TestDownload_overHTTP2(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serveTLS(t, api.Files())
	api.SetFilesURL(address)
	api.FailFiles(rebillytest.CutFile(700_000), rebillytest.Together(rebillytest.NoLength(), rebillytest.CutFileHalfway()))
	d := newDownloaderOf(t, api, address, 1_000_000, transport, func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = 1, 1 })
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

func TestDownload_sameContentDownloadsNothing(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1000} {
		d := newDownloader(t, size)
		d.write(t, d.content)
		d.File.SHA1 = new(strings.ToUpper(*d.File.SHA1))
		if downloaded, err := d.run(t, t.Context()); err != nil || downloaded {
			t.Errorf("got %t and %v", downloaded, err)
		}
		if d.links > 0 || len(d.api.FileRequests()) > 0 {
			t.Errorf("%d links and %d files were requested", d.links, len(d.api.FileRequests()))
		}
	}
}

func TestDownload_replacesOtherContent(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"empty": 0, "same size": 1000, "larger": 1001} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			d.write(t, bytes.Repeat([]byte("x"), size))
			if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded {
				t.Errorf("got %t and %v", downloaded, err)
			}
		})
	}
}

func TestDownload_replacesSymbolicLink(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "other", "same"} {
		d := newDownloader(t, 1000)
		target := filepath.Join(t.TempDir(), "target")
		if content == "same" {
			content = string(d.content)
		}
		if content != "" {
			if err := os.WriteFile(target, []byte(content), 0o644); err != nil { //nolint:gosec // The mode must stay.
				t.Fatal(err)
			}
		}
		if err := os.Symlink(target, d.Path); err != nil {
			t.Skip(err)
		}
		before := describe(target)
		if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded {
			t.Errorf("got %t and %v", downloaded, err)
		}
		if got := describe(target); got != before {
			t.Errorf("the target of the link became %q", got)
		}
	}
}

func TestDownload_wrongContent(t *testing.T) {
	t.Parallel()
	const (
		// SHA-1 of an empty file.
		otherSHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
		longer    = "the file is larger than the 1000 bytes that Rebilly's record says"
		endless   = 1 << 50
	)
	sized := func(size string) string {
		return "the size of the file is " + size + " bytes, and Rebilly's record says 1000 bytes"
	}
	d := newDownloader(t, 1000)
	rightSHA1 := *d.File.SHA1
	tests := map[string]struct {
		fault    rebillytest.FileFault
		sha1     string
		want     string
		attempts int // of content that may be late; 0 means 1
	}{
		"SHA-1 in the record":       {sha1: otherSHA1, want: "the SHA-1 of the file is " + rightSHA1 + ", and Rebilly's record says " + otherSHA1},
		"first byte":                {fault: rebillytest.CorruptFile(0), want: "and Rebilly's record says " + rightSHA1},
		"last byte":                 {fault: rebillytest.CorruptFile(999), want: "and Rebilly's record says " + rightSHA1},
		"one byte less":             {fault: rebillytest.ResizeFile(-1), want: sized("999"), attempts: 5},
		"nothing":                   {fault: rebillytest.ResizeFile(-1000), want: sized("0"), attempts: 5},
		"one byte less, chunks":     {fault: rebillytest.Together(rebillytest.NoLength(), rebillytest.ResizeFile(-1)), want: sized("999"), attempts: 5},
		"one byte more":             {fault: rebillytest.ResizeFile(1), want: sized("1001")},
		"one byte more, chunks":     {fault: rebillytest.Together(rebillytest.NoLength(), rebillytest.ResizeFile(1)), want: longer},
		"without an end":            {fault: rebillytest.ResizeFile(endless), want: sized("1125899906843624")},
		"without an end, in chunks": {fault: rebillytest.Together(rebillytest.NoLength(), rebillytest.ResizeFile(endless)), want: longer},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			d.write(t, []byte("previous"))
			if test.fault != nil {
				d.api.FailFilesAlways(test.fault)
			}
			if test.sha1 != "" {
				d.File.SHA1 = &test.sha1
			}
			_, err := d.run(t, t.Context())
			attempts := max(1, test.attempts)
			if failed, ok := errors.AsType[*DownloadError](err); !ok || failed.Attempts != attempts || !strings.HasSuffix(failed.Reason, test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// diskFaults make a downloader's path unusable, before or after the download
// begins.
var diskFaults = map[string]struct {
	change func(*testing.T, *downloader)
	want   string
	// requests is the number of requests to the file host.
	requests int
}{
	"path is a folder": {func(_ *testing.T, d *downloader) { d.Path = filepath.Dir(d.Path) }, "is a directory", 0},
	"path is a folder to be": {
		func(_ *testing.T, d *downloader) { d.Path += string(filepath.Separator) }, "the path does not name a file", 0,
	},
	"path ends with a dot": {
		func(_ *testing.T, d *downloader) { d.Path += "/new/." }, "the path does not name a file", 0,
	},
	"path ends with two dots": {
		func(_ *testing.T, d *downloader) { d.Path += "/new/.." }, "the path does not name a file", 0,
	},
	"path is empty": {func(_ *testing.T, d *downloader) { d.Path = "" }, "the path does not name a file", 0},
	"path is a device": {func(t *testing.T, d *downloader) {
		t.Helper()
		if err := os.Symlink(os.DevNull, d.Path); err != nil || runtime.GOOS == "windows" {
			t.Skip(err)
		}
	}, "not a regular file", 0},
	"parent is a file": {func(t *testing.T, d *downloader) {
		t.Helper()
		d.write(t, nil)
		d.Path = filepath.Join(d.Path, "export.zip")
	}, "not a directory", 0},
	"parent of the folder is a file": {func(t *testing.T, d *downloader) {
		t.Helper()
		d.write(t, nil)
		d.Path = filepath.Join(d.Path, "folder", "export.zip")
	}, "not a directory", 0},
	"folder is read-only": {func(t *testing.T, d *downloader) {
		t.Helper()
		restrict(t, filepath.Dir(d.Path), 0o500)
	}, "permission denied", 0},
	"existing file is unreadable": {func(t *testing.T, d *downloader) {
		t.Helper()
		d.write(t, make([]byte, *d.File.Size))
		restrict(t, d.Path, 0)
	}, "permission denied", 0},
	"folder appears at the path": {func(t *testing.T, d *downloader) {
		t.Helper()
		d.Progress = func(int64) { _ = os.Mkdir(d.Path, 0o700) }
	}, "file exists", 1},
	"folder is removed": {func(t *testing.T, d *downloader) {
		t.Helper()
		if runtime.GOOS == "windows" {
			t.Skip("Windows does not remove a folder with a file that is open")
		}
		d.Path = filepath.Join(filepath.Dir(d.Path), "folder", "export.zip")
		d.Progress = func(int64) { _ = os.RemoveAll(filepath.Dir(d.Path)) }
	}, "no such file or directory", 1},
}

// restrict sets the mode of path until the test ends. It skips the test for
// users whom a mode does not restrict.
func restrict(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if os.Geteuid() <= 0 {
		t.Skip("a mode restricts neither root nor users of Windows")
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o700) }) //nolint:gosec // It may be a folder.
}

func TestDownload_diskErrors(t *testing.T) {
	t.Parallel()
	for name, test := range diskFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			test.change(t, d)
			_, err := d.Client.Download(t.Context(), d.Download)
			failed, ok := errors.AsType[*fs.PathError](err)
			if !ok || !strings.Contains(err.Error(), test.want) && runtime.GOOS != "windows" {
				t.Fatalf("got %v, want a *fs.PathError with %q", err, test.want)
			}
			if failed.Path != d.Path && !strings.HasPrefix(d.Path, failed.Path) && !strings.HasPrefix(failed.Path, filepath.Dir(d.Path)) {
				t.Errorf("%v names another path than %s", err, d.Path)
			}
			d.expectNoTraces(t, err)
			if got := len(d.api.FileRequests()); got != test.requests {
				t.Errorf("%d requests were sent", got)
			}
		})
	}
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
		err = (&transfer{client: d.Client, download: d.Download, file: newHashedFile(file)}).run(t.Context())
		if _, ok := errors.AsType[*fs.PathError](err); !ok {
			t.Errorf("got %v", err)
		}
	}
}

func TestDownload_panicLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.Progress = func(int64) { panic("stop") }
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = d.Client.Download(t.Context(), d.Download)
	}()
	d.expectNoTraces(t, nil)
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

// The memory of other tests would count too.
//
//nolint:paralleltest // See above.
func TestDownload_memoryIsConstant(t *testing.T) {
	const (
		size  = 100 << 20
		limit = 16 << 20
	)
	d := newDownloader(t, size)
	d.api.FailFiles(rebillytest.CutFileHalfway())
	allocated := func() uint64 {
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)

		return memory.TotalAlloc
	}
	before := allocated()
	if _, err := d.Client.Download(t.Context(), d.Download); err != nil {
		t.Fatal(err)
	}
	// The file host is in this process, and counts too.
	if used := allocated() - before; used > limit {
		t.Errorf("allocated %d bytes in total", used)
	}
	d.expectSaved(t)
}
