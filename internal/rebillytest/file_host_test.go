package rebillytest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const hostedSize = 1000

// newHost returns a fake with a file of hostedSize bytes, a signed link to it,
// and its content.
func newHost(t *testing.T) (api *API, link string, content string) {
	t.Helper()
	api = NewFor(t)
	api.SetFileSize(hostedSize)
	_, link = fileOf(t, api, ExportID)

	return api, link, fetch(t, api, link).body
}

func TestFiles_ranges(t *testing.T) {
	t.Parallel()
	api, link, content := newHost(t)
	whole := fetch(t, api, link)
	tag, modified := whole.header.Get("ETag"), whole.header.Get("Last-Modified")
	if len(tag) < 10 || tag[0] != '"' || modified == "" {
		t.Fatalf("got the validators %s and %s", tag, modified)
	}
	tests := map[string]struct {
		headers []string
		status  int
		body    string // "" for any
	}{
		"end of the file":      {[]string{"Range", "bytes=400-"}, 206, content[400:]},
		"part":                 {[]string{"Range", "bytes=400-499"}, 206, content[400:500]},
		"beyond the end":       {[]string{"Range", "bytes=1000-"}, 416, ""},
		"If-Range, same tag":   {[]string{"Range", "bytes=400-", "If-Range", tag}, 206, content[400:]},
		"If-Range, other tag":  {[]string{"Range", "bytes=400-", "If-Range", `"other"`}, 200, content},
		"If-Range, same date":  {[]string{"Range", "bytes=400-", "If-Range", modified}, 206, content[400:]},
		"If-Range, other date": {[]string{"Range", "bytes=400-", "If-Range", "Sat, 01 Jan 2000 00:00:00 GMT"}, 200, content},
	}
	for name, test := range tests {
		got := fetch(t, api, link, test.headers...)
		if got.status != test.status || test.body != "" && got.body != test.body {
			t.Errorf("%s: got %d with %d bytes", name, got.status, len(got.body))
		}
	}
}

func TestFileFault(t *testing.T) {
	t.Parallel()
	ranged := []string{"Range", "bytes=400-"}
	tests := map[string]struct {
		fault   FileFault
		headers []string
		status  int    // 0 means 200
		length  int    // of the body; -1 for any
		header  string // "Name: value", or "Name: " for a missing header
	}{
		"ResizeFile, longer":       {fault: ResizeFile(5), length: 1005, header: "Content-Length: 1005"},
		"ResizeFile, shorter":      {fault: ResizeFile(-5), length: 995, header: "Content-Length: 995"},
		"NoRanges":                 {fault: NoRanges(), headers: ranged, length: 1000, header: "Accept-Ranges: "},
		"NoETag":                   {fault: NoETag(), length: 1000, header: "ETag: "},
		"NoETag, date":             {fault: NoETag(), length: 1000, header: "Last-Modified: Fri, 31 Dec 1999 00:00:00 GMT"},
		"NoValidators":             {fault: NoValidators(), length: 1000, header: "Last-Modified: "},
		"NoLength":                 {fault: NoLength(), length: 1000, header: "Content-Length: "},
		"GzipFile, not accepted":   {fault: GzipFile(), headers: []string{"Accept-Encoding", "identity"}, length: 1000, header: "Content-Encoding: "},
		"FileStatus":               {fault: FileStatus(500), status: 500, length: -1, header: "Content-Type: application/xml"},
		"RefuseLink":               {fault: RefuseLink(), status: 403, length: -1, header: "ETag: "},
		"RedirectFile":             {fault: RedirectFile(302, "http://127.0.0.1/"), status: 302, header: "Location: http://127.0.0.1/"},
		"Together":                 {fault: Together(NoRanges(), NoLength()), headers: ranged, length: 1000, header: "Content-Length: "},
		"Together, later wins":     {fault: Together(ResizeFile(1), ResizeFile(2)), length: 1002, header: "Content-Length: 1002"},
		"CorruptFile, not in part": {fault: CorruptFile(3), headers: ranged, status: 206, length: 600, header: "Content-Length: 600"},
	}
	for name, test := range tests {
		api, link, content := newHost(t)
		api.FailFiles(test.fault)
		got := fetch(t, api, link, test.headers...)
		header, value, _ := strings.Cut(test.header, ": ")
		if got.status != max(test.status, 200) || test.length >= 0 && len(got.body) != test.length || got.header.Get(header) != value {
			t.Errorf("%s: got %d with %d bytes and the header %v", name, got.status, len(got.body), got.header)
		}
		if after := fetch(t, api, link); after.status != http.StatusOK || after.body != content {
			t.Errorf("%s: the next response is %d with %d bytes", name, after.status, len(after.body))
		}
	}
}

func TestCutFile_sendsSomeBytes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault    FileFault
		from, to int
	}{
		"after some":              {fault: CutFile(300), to: 300},
		"before any":              {fault: CutFile(0)},
		"after all":               {fault: CutFile(1000), to: 1000},
		"of a range":              {fault: CutFile(300), from: 400, to: 700},
		"half":                    {fault: CutFileHalfway(), to: 500},
		"half of a range":         {fault: CutFileHalfway(), from: 400, to: 700},
		"after some, no length":   {fault: Together(CutFile(300), NoLength()), to: 300},
		"after some, no validity": {fault: Together(CutFile(300), NoValidators()), to: 300},
	}
	for name, test := range tests {
		api, link, content := newHost(t)
		api.FailFiles(test.fault)
		got, err := roundTrip(t.Context(), api.Files(), http.MethodGet, link, "", "Range", fmt.Sprintf("bytes=%d-", test.from))
		if !errors.Is(err, io.ErrUnexpectedEOF) || got.body != content[test.from:test.to] {
			t.Errorf("%s: got %d bytes and %v", name, len(got.body), err)
		}
	}
}

func TestCorruptFile_changesOneByte(t *testing.T) {
	t.Parallel()
	api, link, content := newHost(t)
	api.FailFilesAlways(CorruptFile(500))
	for _, from := range []int{0, 400, 500} {
		want := []byte(content[from:])
		want[500-from] ^= 1
		if got := fetch(t, api, link, "Range", fmt.Sprintf("bytes=%d-", from)); got.body != string(want) {
			t.Errorf("from %d: got other bytes", from)
		}
	}
}

func TestOtherETag_changesETag(t *testing.T) {
	t.Parallel()
	api, link, _ := newHost(t)
	usual := fetch(t, api, link).header.Get("ETag")
	api.FailFiles(OtherETag(), RedirectFile(http.StatusFound, ""))
	if other := fetch(t, api, link).header.Get("ETag"); usual == other || other == "" {
		t.Errorf("got %s, usually %s", other, usual)
	}
	if got := fetch(t, api, link).header.Get("Location"); got != link {
		t.Errorf("got the location %s", got)
	}
}

func TestGzipFile_compresses(t *testing.T) {
	t.Parallel()
	api, link, content := newHost(t)
	api.FailFiles(GzipFile())
	got := fetch(t, api, link, "Accept-Encoding", "gzip")
	reader, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil || string(plain) != content || got.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %d bytes and %v", len(plain), err)
	}
}

func TestStallFile_sendsNothingMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, link, _ := newHost(t)
		api.FailFiles(StallFile(300))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if _, err := roundTrip(ctx, api.Files(), http.MethodGet, link, ""); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}
