package rebilly

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// downloader is a client of a fake API and of its file host, and what it
// downloads.
type downloader struct {
	*Client
	Download

	api     *rebillytest.API
	log     *logBuffer
	content []byte
	// links is the number of signed links that were requested.
	links int
}

// newDownloader returns a downloader of a file of the given size, from a file
// host at 127.0.0.1. Retries have no delay.
func newDownloader(t *testing.T, size int64, changes ...func(*Config)) *downloader {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.ServeFiles(t)
	files := NewTransport()
	t.Cleanup(files.CloseIdleConnections)

	return newDownloaderOf(t, api, size, files, slices.Concat([]func(*Config){noDelay}, changes)...)
}

func noDelay(c *Config) { c.RetryWait = 1 }

// newDownloaderInMemory returns a downloader of 1000 bytes whose file host is in
// memory, for tests in a bubble. Its delays are the defaults.
func newDownloaderInMemory(t *testing.T, changes ...func(*Config)) *downloader {
	t.Helper()
	api := rebillytest.NewFor(t)
	_, inMemory := serveInMemory(t, api.Files())
	var config Config
	inMemory(&config)

	return newDownloaderOf(t, api, 1000, config.Transport, changes...)
}

func newDownloaderOf(t *testing.T, api *rebillytest.API, size int64, files http.RoundTripper, changes ...func(*Config)) *downloader {
	t.Helper()
	api.SetFileSize(size)
	d := &downloader{api: api, log: new(logBuffer)}
	// One client calls both hosts, so a credential could reach the file host.
	byHost := func(c *Config) {
		calls := rebillytest.Transport(api)
		c.Logger = d.log.logger()
		c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
			if request.URL.Host == apiHost {
				return calls.RoundTrip(request)
			}

			return files.RoundTrip(request)
		})
	}
	d.Client = newTestClient(t, api, slices.Concat([]func(*Config){byHost}, changes)...)
	file, err := d.GetFile(t.Context(), "", fileID)
	if err != nil {
		t.Fatal(err)
	}
	d.Download = Download{File: file, Path: filepath.Join(t.TempDir(), "export.zip"), Link: d.link}
	if size <= 64<<20 {
		d.content, _ = io.ReadAll(api.FileContent(fileID))
	}

	return d
}

// link returns the signed link as it is: the host of the files may be http, unlike
// that of the API.
func (d *downloader) link(ctx context.Context) (string, error) {
	d.links++
	export, err := d.GetOrganizationExport(ctx, "", exportID)
	if err != nil {
		return "", err
	}

	return *export.Links[len(export.Links)-1].Href, nil
}

func (d *downloader) write(t *testing.T, content []byte) {
	t.Helper()
	if err := os.WriteFile(d.Path, content, 0o644); err != nil { //nolint:gosec // The mode must change.
		t.Fatal(err)
	}
}

// run downloads, and expects what must hold for every download.
func (d *downloader) run(t *testing.T, ctx context.Context) (bool, error) { //nolint:revive // t comes first, as everywhere.
	t.Helper()
	before := describe(d.Path)
	downloaded, err := d.Client.Download(ctx, d.Download)
	after := describe(d.Path)
	switch {
	case err != nil && (downloaded || after != before):
		t.Errorf("got %t and %v, and the path has %.40q instead of %.40q", downloaded, err, after, before)
	case err == nil && !downloaded && after != strings.Replace(before, "-rw-r--r--", "-rw-------", 1):
		t.Errorf("nothing was downloaded, and the path has %.40q instead of %.40q", after, before)
	case downloaded:
		d.expectSaved(t)
	}
	d.expectNoTraces(t, err)

	return downloaded, err
}

// describe returns the type, mode, time, and content of the file at path.
func describe(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return ""
	}
	content, _ := os.ReadFile(path)

	return info.Mode().String() + info.ModTime().String() + string(content)
}

// expectSaved expects the path to have the whole content with the mode 0600.
func (d *downloader) expectSaved(t *testing.T) {
	t.Helper()
	info, err := os.Lstat(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != d.File.Size || info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file has the mode %s and %d bytes, want %d", info.Mode(), info.Size(), d.File.Size)
	}
	if saved, err := os.ReadFile(d.Path); d.content != nil && (err != nil || !bytes.Equal(saved, d.content)) {
		t.Errorf("the file has other content, or the error %v", err)
	}
}

// expectNoTraces expects no temporary file, no secret in the error and the log,
// and no header to the file host but those that it needs.
func (d *downloader) expectNoTraces(t *testing.T, err error) {
	t.Helper()
	if parts, _ := filepath.Glob(filepath.Join(filepath.Dir(d.Path), ".*.part")); len(parts) > 0 {
		t.Errorf("the temporary files %s are left", parts)
	}
	if err != nil {
		mustNotShow(t, "the error", err.Error())
	}
	mustNotShow(t, "the log", d.log.String())
	for _, request := range d.api.FileRequests() {
		header := request.Header.Clone()
		header.Del("Range")
		header.Del("If-Range")
		if difference := cmp.Diff(http.Header{"User-Agent": {"test"}, "Accept-Encoding": {"identity"}}, header); difference != "" {
			t.Errorf("the header of the file host's request differs (-want +got):\n%s", difference)
		}
	}
}

// ranges returns the Range headers that the file host received, such as
// "all 300-". A resumed request must have the ETag in If-Range, or the date, which
// is added, such as "all date:300-".
func (d *downloader) ranges(t *testing.T) string {
	t.Helper()
	ranges := []string{}
	for _, request := range d.api.FileRequests() {
		text, validator := strings.TrimPrefix(request.Header.Get("Range"), "bytes="), request.Header.Get("If-Range")
		switch {
		case text == "" && validator == "":
			text = "all"
		case validator == "Fri, 31 Dec 1999 00:00:00 GMT":
			text = "date:" + text
		case text == "" || !strings.HasPrefix(validator, `"`):
			t.Errorf("got the range %q with If-Range %q", text, validator)
		}
		ranges = append(ranges, text)
	}

	return strings.Join(ranges, " ")
}
