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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fetch(t, api, link, test.headers...)
			if got.status != test.status || test.body != "" && got.body != test.body {
				t.Errorf("got %d with %d bytes", got.status, len(got.body))
			}
		})
	}
}

func TestFileFault(t *testing.T) {
	t.Parallel()
	type expected struct {
		status int
		length int    // of the body
		header string // "Name: value", or "Name:" for a missing header
	}
	tests := map[string]struct {
		fault   FileFault
		headers []string
		want    expected
	}{
		"ResizeFile, longer":       {ResizeFile(5), nil, expected{200, 1005, "Content-Length: 1005"}},
		"ResizeFile, shorter":      {ResizeFile(-5), nil, expected{200, 995, "Content-Length: 995"}},
		"NoRanges":                 {NoRanges(), []string{"Range", "bytes=400-"}, expected{200, 1000, "Accept-Ranges:"}},
		"NoETag":                   {NoETag(), nil, expected{200, 1000, "ETag:"}},
		"NoETag, date":             {NoETag(), nil, expected{200, 1000, "Last-Modified: Fri, 31 Dec 1999 00:00:00 GMT"}},
		"NoValidators":             {NoValidators(), nil, expected{200, 1000, "Last-Modified:"}},
		"NoLength":                 {NoLength(), nil, expected{200, 1000, "Content-Length:"}},
		"GzipFile, not accepted":   {GzipFile(), []string{"Accept-Encoding", "identity"}, expected{200, 1000, "Content-Encoding:"}},
		"FileStatus":               {FileStatus(500), nil, expected{500, -1, "Content-Type: application/xml"}},
		"RefuseLink":               {RefuseLink(), nil, expected{403, -1, "ETag:"}},
		"RedirectFile":             {RedirectFile(302, "http://127.0.0.1/"), nil, expected{302, 0, "Location: http://127.0.0.1/"}},
		"Together":                 {Together(NoRanges(), NoLength()), []string{"Range", "bytes=400-"}, expected{200, 1000, "Content-Length:"}},
		"Together, later wins":     {Together(ResizeFile(1), ResizeFile(2)), nil, expected{200, 1002, ""}},
		"CorruptFile, not in part": {CorruptFile(3), []string{"Range", "bytes=400-"}, expected{206, 600, ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, link, content := newHost(t)
			api.FailFiles(test.fault)
			got := fetch(t, api, link, test.headers...)
			if got.status != test.want.status || test.want.length >= 0 && len(got.body) != test.want.length {
				t.Errorf("got %d with %d bytes, want %d with %d", got.status, len(got.body), test.want.status, test.want.length)
			}
			header, value, _ := strings.Cut(test.want.header, ":")
			if got := got.header.Get(header); header != "" && got != strings.TrimPrefix(value, " ") {
				t.Errorf("got the header %s: %s, want %s", header, got, test.want.header)
			}
			if after := fetch(t, api, link); after.status != http.StatusOK || after.body != content {
				t.Errorf("the next response is %d with %d bytes", after.status, len(after.body))
			}
		})
	}
}

func TestCutFile_sendsSomeBytes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   FileFault
		headers []string
		from    int
		length  int
	}{
		"after some":              {CutFile(300), nil, 0, 300},
		"before any":              {CutFile(0), nil, 0, 0},
		"after all":               {CutFile(1000), nil, 0, 1000},
		"of a range":              {CutFile(300), []string{"Range", "bytes=400-"}, 400, 300},
		"half":                    {CutFileHalfway(), nil, 0, 500},
		"half of a range":         {CutFileHalfway(), []string{"Range", "bytes=400-"}, 400, 300},
		"after some, no length":   {Together(CutFile(300), NoLength()), nil, 0, 300},
		"after some, no validity": {Together(CutFile(300), NoValidators()), nil, 0, 300},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, link, content := newHost(t)
			api.FailFiles(test.fault)
			got, err := request(t, api, link, test.headers...)
			if !errors.Is(err, io.ErrUnexpectedEOF) || got.body != content[test.from:test.from+test.length] {
				t.Errorf("got %d bytes and %v, want %d from %d", len(got.body), err, test.length, test.from)
			}
		})
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
	api.FailFiles(OtherETag())
	if other := fetch(t, api, link).header.Get("ETag"); usual == other || other == "" {
		t.Errorf("got %s, usually %s", other, usual)
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

func TestRedirectFile_sameURL(t *testing.T) {
	t.Parallel()
	api, link, _ := newHost(t)
	api.FailFiles(RedirectFile(http.StatusFound, ""))
	if got := fetch(t, api, link).header.Get("Location"); got != link {
		t.Errorf("got the location %s", got)
	}
}

func TestStallFile_sendsNothingMore(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	api.SetFileSize(hostedSize)
	api.ServeFiles(t)
	_, link := fileOf(t, api, ExportID)
	api.FailFiles(StallFile(300))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.ReadFull(response.Body, make([]byte, 300)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := response.Body.Read(make([]byte, 1))
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
