package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// part responds with 206 and the given bytes of a file of 1000 bytes.
func part(d *downloader, from, to int, header http.Header) rebillytest.FileFault {
	return rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/1000", from, to-1))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(d.content[from:to])
	})
}

// weakETag responds with the first bytes of the file, a weak ETag, and a date,
// and closes the connection.
func weakETag(d *downloader) rebillytest.FileFault {
	return rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `W/"1"`)
		w.Header().Set("Last-Modified", "Fri, 31 Dec 1999 00:00:00 GMT")
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(d.content[:300])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// unframed responds with bytes of the file that only the end of the connection
// ends.
func unframed(d *downloader, to int) rebillytest.FileFault {
	return rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = connection.Close() }()
		_, _ = fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"1\"\r\n\r\n%s", d.content[:to])
	})
}

func TestDownload_resumes(t *testing.T) {
	t.Parallel()
	faults := func(faults ...rebillytest.FileFault) func(*downloader) []rebillytest.FileFault {
		return func(*downloader) []rebillytest.FileFault { return faults }
	}
	cut, together := rebillytest.CutFile, rebillytest.Together
	tests := map[string]struct {
		faults func(*downloader) []rebillytest.FileFault
		want   string // the ranges that are requested
	}{
		"cut":                            {faults(cut(300)), "all 300-"},
		"cut half way, twice":            {faults(rebillytest.CutFileHalfway(), rebillytest.CutFileHalfway()), "all 500- 750-"},
		"cut before the first byte":      {faults(cut(0)), "all all"},
		"cut before the last byte":       {faults(cut(999)), "all 999-"},
		"cut after the last byte":        {faults(together(cut(1000), rebillytest.NoLength())), "all"},
		"cut in chunks":                  {faults(together(cut(300), rebillytest.NoLength())), "all 300-"},
		"cut, resumed by date":           {faults(together(cut(300), rebillytest.NoETag()), rebillytest.NoETag()), "all 300-"},
		"cut, and cut without a byte":    {faults(cut(300), cut(0)), "all 300- 300-"},
		"error first":                    {faults(rebillytest.FileStatus(500)), "all all"},
		"errors in between":              {faults(cut(300), rebillytest.FileStatus(503), rebillytest.FileStatus(429), rebillytest.FileStatus(408)), "all 300- 300- 300- 300-"},
		"other errors in between":        {faults(cut(300), rebillytest.FileStatus(425), rebillytest.FileStatus(520)), "all 300- 300- 300-"},
		"no validator":                   {faults(together(cut(300), rebillytest.NoValidators())), "all all"},
		"no ranges":                      {faults(cut(300), rebillytest.NoRanges()), "all 300-"},
		"no ranges, cut again":           {faults(cut(300), together(rebillytest.NoRanges(), cut(400))), "all 300- 400-"},
		"other ETag":                     {faults(cut(300), rebillytest.OtherETag()), "all 300-"},
		"other ETag, cut again":          {faults(cut(300), together(rebillytest.OtherETag(), cut(400)), rebillytest.OtherETag()), "all 300- 400-"},
		"other content at first":         {faults(together(cut(300), rebillytest.CorruptFile(7), rebillytest.OtherETag())), "all 300-"},
		"416":                            {faults(cut(300), rebillytest.FileStatus(416)), "all 300- all"},
		"416, and cut":                   {faults(cut(300), rebillytest.FileStatus(416), cut(400)), "all 300- all 400-"},
		"weak ETag":                      {func(d *downloader) []rebillytest.FileFault { return []rebillytest.FileFault{weakETag(d)} }, "all all"},
		"ends with the connection":       {func(d *downloader) []rebillytest.FileFault { return []rebillytest.FileFault{unframed(d, 1000)} }, "all"},
		"ends early with the connection": {func(d *downloader) []rebillytest.FileFault { return []rebillytest.FileFault{unframed(d, 300)} }, "all 300-"},
		"another range": {func(d *downloader) []rebillytest.FileFault {
			return []rebillytest.FileFault{cut(300), part(d, 200, 1000, nil)}
		}, "all 300- all"},
		"If-Range ignored": {func(d *downloader) []rebillytest.FileFault {
			return []rebillytest.FileFault{cut(300), part(d, 300, 1000, http.Header{"Etag": {`"other"`}})}
		}, "all 300- all"},
		"smaller range": {func(d *downloader) []rebillytest.FileFault {
			return []rebillytest.FileFault{cut(300), part(d, 300, 400, nil), part(d, 400, 999, nil)}
		}, "all 300- 400- 999-"},
		"range not asked for": {func(d *downloader) []rebillytest.FileFault {
			return []rebillytest.FileFault{part(d, 0, 400, nil)}
		}, "all all"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			d.api.FailFiles(test.faults(d)...)
			if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded {
				t.Errorf("got %t and %v", downloaded, err)
			}
			if got := d.ranges(t); got != test.want {
				t.Errorf("the requests were %s, want %s", got, test.want)
			}
			if d.links != 1 {
				t.Errorf("%d links were requested", d.links)
			}
		})
	}
}

// Chunks of the file are hashed while others are received, across attempts too.
func TestDownload_resumesWithinBuffers(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 4*fileBuffer+5)
	for _, length := range []int64{1, fileBuffer - 1, fileBuffer + 1, 7, 7, fileBuffer} {
		d.api.FailFiles(rebillytest.CutFile(length))
	}
	if _, err := d.run(t, t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDownload_ifRangeIsValidator(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault  rebillytest.FileFault
		prefix string
	}{
		"ETag": {rebillytest.CutFile(300), `"`},
		"date": {rebillytest.Together(rebillytest.CutFile(300), rebillytest.NoETag()), "Fri, 31 Dec 1999 00:00:00 GMT"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			d.api.FailFiles(test.fault)
			if _, err := d.run(t, t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := d.api.FileRequests()[1].Header.Get("If-Range"); !strings.HasPrefix(got, test.prefix) {
				t.Errorf("If-Range was %s", got)
			}
		})
	}
}

func TestDownload_retriesWithoutProgressAreLimited(t *testing.T) {
	t.Parallel()
	cut, together := rebillytest.CutFile, rebillytest.Together
	noRanges := rebillytest.NoRanges()
	always := func(fault rebillytest.FileFault) []rebillytest.FileFault {
		return slices.Repeat([]rebillytest.FileFault{fault}, 20)
	}
	const broken = "the connection to HOST failed: unexpected EOF"
	tests := map[string]struct {
		faults   []rebillytest.FileFault
		attempts int
		want     string
	}{
		"errors":                        {always(rebillytest.FileStatus(503)), 3, "HOST returned 503 Service Unavailable"},
		"404 of a new link":             {always(rebillytest.FileStatus(404)), 4, "HOST returned 404 Not Found"},
		"cut without a byte":            {always(cut(0)), 3, broken},
		"cut, always started over":      {always(together(noRanges, cut(300))), 3, broken},
		"cut, without a validator":      {always(together(rebillytest.NoValidators(), cut(300))), 3, broken},
		"cut at one place or another":   {slices.Repeat([]rebillytest.FileFault{together(noRanges, cut(400)), together(noRanges, cut(300))}, 10), 3, broken},
		"cut, and 416":                  {slices.Repeat([]rebillytest.FileFault{cut(300), rebillytest.FileStatus(416)}, 10), 3, broken},
		"cut, and another range's part": {slices.Repeat([]rebillytest.FileFault{cut(300), rebillytest.FileStatus(206)}, 10), 3, broken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000, maxRetries(2))
			d.write(t, []byte("previous"))
			d.api.FailFiles(test.faults...)
			_, err := d.run(t, t.Context())
			want := fmt.Sprintf("%s (after %d attempts)", test.want, test.attempts)
			if failed, ok := errors.AsType[*DownloadError](err); !ok || failed.Attempts != test.attempts || d.text(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if got := len(d.api.FileRequests()); got != test.attempts {
				t.Errorf("%d requests were sent", got)
			}
		})
	}
}

func TestDownload_progressResetsRetries(t *testing.T) {
	t.Parallel()
	cut, failed := rebillytest.CutFile(100), rebillytest.FileStatus(500)
	tests := map[string]struct {
		retries int
		faults  []rebillytest.FileFault
	}{
		"always some bytes":    {1, []rebillytest.FileFault{cut}},
		"some bytes at times":  {2, []rebillytest.FileFault{cut, failed}},
		"seldom, more retries": {3, []rebillytest.FileFault{cut, failed, failed}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000, maxRetries(test.retries))
			faults := slices.Repeat(test.faults, 9)
			d.api.FailFiles(faults...)
			if _, err := d.run(t, t.Context()); err != nil {
				t.Error(err)
			}
			if got := len(d.api.FileRequests()); got != len(faults)+1 {
				t.Errorf("%d requests were sent", got)
			}
		})
	}
}

func TestDownload_retriesTurnedOff(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000, noRetries)
	d.api.FailFiles(rebillytest.CutFile(300))
	if _, err := d.run(t, t.Context()); d.text(err) != "the connection to HOST failed: unexpected EOF" {
		t.Errorf("got %v", err)
	}
}

func TestDownload_newLinkForRefusedOne(t *testing.T) {
	t.Parallel()
	const refused = "HOST refused two signed links in a row (403 Forbidden) (after "
	refuse, cut, status := rebillytest.RefuseLink(), rebillytest.CutFile(100), rebillytest.FileStatus
	tests := map[string]struct {
		faults []rebillytest.FileFault
		links  int
		want   string
	}{
		"first link refused":               {[]rebillytest.FileFault{refuse}, 2, ""},
		"refused after progress":           {[]rebillytest.FileFault{cut, refuse}, 2, ""},
		"refused again after progress":     {[]rebillytest.FileFault{refuse, cut, refuse, cut, refuse}, 4, ""},
		"two links refused":                {[]rebillytest.FileFault{refuse, refuse}, 2, refused},
		"two links refused after progress": {[]rebillytest.FileFault{refuse, cut, refuse, refuse}, 3, refused},
		"status codes of expired links":    {[]rebillytest.FileFault{status(400), cut, status(401), cut, status(404), cut, status(410)}, 5, ""},
		"two links refused with 400":       {[]rebillytest.FileFault{status(400), status(400)}, 2, "HOST refused two signed links in a row (400 Bad Request) (after 2 attempts)"},
		"two links refused with others":    {[]rebillytest.FileFault{status(401), status(410)}, 2, "HOST refused two signed links in a row (410 Gone) (after 2 attempts)"},
		"error between refusals":           {[]rebillytest.FileFault{refuse, rebillytest.FileStatus(500), refuse}, 2, refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000)
			d.api.FailFiles(test.faults...)
			_, err := d.run(t, t.Context())
			if (err == nil) != (test.want == "") || !strings.HasPrefix(d.text(err), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if d.links != test.links {
				t.Errorf("%d links were requested, want %d", d.links, test.links)
			}
		})
	}
}

func TestDownload_linkThatExpires(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.api.FailFiles(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		d.api.ExpireLinks()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	if _, err := d.run(t, t.Context()); err != nil {
		t.Error(err)
	}
	if requests := d.api.FileRequests(); len(requests) != 3 || requests[0].Query != requests[1].Query || requests[1].Query == requests[2].Query {
		t.Errorf("got %d requests", len(requests))
	}
}

func TestDownload_errorOfLink(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]rebillytest.FileFault{nil, {rebillytest.CutFile(300), rebillytest.RefuseLink()}} {
		d := newDownloader(t, 1000)
		d.write(t, []byte("previous"))
		d.api.FailFiles(faults...)
		cause := errors.New("no link")
		d.Link = func(ctx context.Context) (string, error) {
			if d.links < len(faults)/2 {
				return d.link(ctx)
			}

			return "", cause
		}
		if _, err := d.run(t, t.Context()); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	}
}

// Rebilly may still be writing the file when the export is completed.
func TestDownload_fileAppearsLate(t *testing.T) {
	t.Parallel()
	late := slices.Repeat([]rebillytest.FileFault{rebillytest.FileStatus(404)}, 3)
	tests := map[string]struct {
		faults []rebillytest.FileFault
		want   string // the ranges that are requested
	}{
		"404":            {late, "all all all all"},
		"empty":          {[]rebillytest.FileFault{rebillytest.ResizeFile(-1000), rebillytest.ResizeFile(-1000)}, "all all all"},
		"short":          {[]rebillytest.FileFault{rebillytest.ResizeFile(-1), rebillytest.ResizeFile(-1)}, "all all all"},
		"short, chunks":  {[]rebillytest.FileFault{rebillytest.Together(rebillytest.NoLength(), rebillytest.ResizeFile(-1))}, "all all"},
		"in the middle":  {append([]rebillytest.FileFault{rebillytest.CutFile(300)}, late[:2]...), "all 300- 300- 300-"},
		"short in a row": {[]rebillytest.FileFault{rebillytest.CutFile(300), rebillytest.Together(rebillytest.NoRanges(), rebillytest.ResizeFile(-1))}, "all 300- all"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDownloader(t, 1000, maxRetries(2))
			d.api.FailFiles(test.faults...)
			if _, err := d.run(t, t.Context()); err != nil || d.ranges(t) != test.want {
				t.Errorf("got %v after the requests %s, want %s", err, d.ranges(t), test.want)
			}
		})
	}
}

func TestDownload_otherStatusCodes(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 301, 302, 304, 402, 501, 505} {
		d := newDownloader(t, 1000)
		d.api.FailFilesAlways(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		_, err := d.run(t, t.Context())
		want := fmt.Sprintf("HOST returned %d %s", status, http.StatusText(status))
		if d.text(err) != want || len(d.api.FileRequests()) != 1 {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDownload_gzipIsNotRequested(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.api.FailFilesAlways(rebillytest.GzipFile())
	if _, err := d.run(t, t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDownload_connectionErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		connection rebillytest.DialFault
		want       string
		dials      int
	}{
		"not found": {rebillytest.UnknownHost, "the connection to files.example.com failed: dial tcp: lookup api.example.com: no such host", 3},
		"refused":   {rebillytest.Refused, "connect: connection refused", 3},
		"certificate not trusted": {
			rebillytest.UntrustedServer(rebillytest.NewCertificate(rebillytest.Created, filesHost)), "certificate signed by unknown authority", 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, network := newDownloaderInMemory(t, maxRetries(2))
				network.FailAlways(test.connection)
				_, err := d.run(t, t.Context())
				if err == nil || !strings.Contains(err.Error(), test.want) || network.Dials() != test.dials {
					t.Errorf("got %v after %d dials, want %s after %d", err, network.Dials(), test.want, test.dials)
				}
			})
		})
	}
}
