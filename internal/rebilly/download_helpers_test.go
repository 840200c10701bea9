package rebilly

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// filesHost is the host of signed links in memory.
const filesHost = "files.example.com"

// downloader is a client of a fake API and of its file host, and what it
// downloads.
type downloader struct {
	*Client
	Download

	api     *rebillytest.API
	log     *logBuffer
	host    string
	content []byte
	// links is the number of signed links that were requested.
	links int
}

// newDownloader returns a downloader of a file of the given size, from a file
// host at 127.0.0.1. Retries have no delay.
func newDownloader(t *testing.T, size int64, changes ...func(*Config)) *downloader {
	t.Helper()
	api := rebillytest.NewFor(t)
	address := api.ServeFiles(t)
	files := NewTransport()
	t.Cleanup(files.CloseIdleConnections)
	noDelay := func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = 1, 1 }

	return newDownloaderOf(t, api, address, size, files, slices.Concat([]func(*Config){noDelay}, changes)...)
}

// newDownloaderInMemory returns a downloader of 1000 bytes whose file host is in
// memory, for tests in a bubble. Its delays are the defaults.
func newDownloaderInMemory(t *testing.T, changes ...func(*Config)) (*downloader, *rebillytest.Network) {
	t.Helper()
	api := rebillytest.NewFor(t)
	network := rebillytest.ServeInMemory(t, api.Files(), filesHost)
	files := NewTransport()
	files.Proxy = nil
	files.DialContext = network.Dial
	files.TLSClientConfig = network.Trust()
	t.Cleanup(files.CloseIdleConnections)

	return newDownloaderOf(t, api, "https://"+filesHost, 1000, files, changes...), network
}

func newDownloaderOf(t *testing.T, api *rebillytest.API, address string, size int64, files http.RoundTripper, changes ...func(*Config)) *downloader {
	t.Helper()
	api.SetFileSize(size)
	_, host, _ := strings.Cut(address, "://")
	d := &downloader{api: api, log: new(logBuffer), host: host}
	// One client calls both hosts, so a credential could reach the file host.
	byHost := func(c *Config) {
		calls := rebillytest.Transport(api)
		c.Logger = d.log.logger()
		c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
			if request.URL.Host == strings.TrimPrefix(LiveBaseURL, "https://") {
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

func (d *downloader) link(ctx context.Context) (string, error) {
	d.links++
	export, err := d.GetOrganizationExport(ctx, "", exportID)
	if err != nil {
		return "", err
	}

	for _, link := range export.Links {
		if *link.Rel == signedLink {
			// The host of the files is http, unlike that of the API.
			return *link.Href, nil
		}
	}

	return "", errors.New("no signed link")
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
	if mode := info.Mode(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file has the mode %s", mode)
	}
	if info.Size() != *d.File.Size {
		t.Errorf("the file has %d bytes, want %d", info.Size(), *d.File.Size)
	}
	if saved, err := os.ReadFile(d.Path); d.content != nil && (err != nil || !bytes.Equal(saved, d.content)) {
		t.Errorf("the file has other content, or the error %v", err)
	}
}

// expectNoTraces expects no temporary file, no secret in the error and the log,
// and no header to the file host but those that it needs.
func (d *downloader) expectNoTraces(t *testing.T, err error) {
	t.Helper()
	entries, _ := os.ReadDir(filepath.Dir(d.Path))
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".part") {
			t.Errorf("the temporary file %s is left", entry.Name())
		}
	}
	if err != nil {
		mustNotShow(t, "the error", err.Error())
	}
	mustNotShow(t, "the log", d.log.String())
	for _, request := range d.api.FileRequests() {
		for name := range request.Header {
			if !slices.Contains([]string{"User-Agent", "Accept-Encoding", "Range", "If-Range"}, name) {
				t.Errorf("the file host received the header %s", name)
			}
		}
		for name, want := range map[string]string{"User-Agent": "test", "Accept-Encoding": "identity"} {
			if got := request.Header.Get(name); got != want {
				t.Errorf("the file host received %s: %s", name, got)
			}
		}
	}
}

// text returns the text of an error, with HOST as the file host.
func (d *downloader) text(err error) string {
	if err == nil {
		return ""
	}

	return strings.ReplaceAll(err.Error(), d.host, "HOST")
}

// ranges returns the Range headers that the file host received, such as
// "all 300-". A resumed request must have If-Range.
func (d *downloader) ranges(t *testing.T) string {
	t.Helper()
	ranges := []string{}
	for _, request := range d.api.FileRequests() {
		text := strings.TrimPrefix(request.Header.Get("Range"), "bytes=")
		if (text == "") != (request.Header.Get("If-Range") == "") {
			t.Errorf("got the range %q with If-Range %q", text, request.Header.Get("If-Range"))
		}
		if text == "" {
			text = "all"
		}
		ranges = append(ranges, text)
	}

	return strings.Join(ranges, " ")
}

// after returns a context that how ends after a delay.
func after(t *testing.T, delay time.Duration, how string) context.Context {
	t.Helper()
	if how == "deadline" {
		ctx, cancel := context.WithTimeout(t.Context(), delay)
		t.Cleanup(cancel)

		return ctx
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(delay, cancel)

	return ctx
}
