package rebilly

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

type fileFaults []rebillytest.FileFault

// speak sends text, and closes the connection.
func speak(text string) rebillytest.FileFault {
	return rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = connection.Close() }()
		_, _ = io.WriteString(connection, text)
	})
}

// respond responds with a status, and the given bytes of the file of a downloader in
// memory. The end of the connection ends them.
func respond(status string, from, to int) rebillytest.FileFault {
	api := rebillytest.New()
	api.SetFileSize(1000)
	content, _ := io.ReadAll(api.FileContent(fileID))

	return speak("HTTP/1.1 " + status + "\r\nConnection: close\r\n\r\n" + string(content[from:to]))
}

// part responds with the given bytes of the file as a range.
func part(from, to int, header string) rebillytest.FileFault {
	return respond(fmt.Sprintf("206 Partial Content\r\nContent-Range: bytes %d-%d/1000%s", from, to-1, header), from, to)
}

// withFileHeader responds with a status code and one header.
func withFileHeader(status int, name, value string) rebillytest.FileFault {
	return rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(name, value)
		w.WriteHeader(status)
	})
}

func TestDownload_resumes(t *testing.T) {
	t.Parallel()
	cut, together, status, redirect := rebillytest.CutFile, rebillytest.Together, rebillytest.FileStatus, rebillytest.RedirectFile
	noLength, noETag, noRanges, refuse := rebillytest.NoLength(), rebillytest.NoETag(), rebillytest.NoRanges(), rebillytest.RefuseLink()
	stall := rebillytest.StallFile
	silent := rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	weakETag := respond("200 OK\r\nETag: W/\"1\"\r\nLast-Modified: Fri, 31 Dec 1999 00:00:00 GMT\r\nContent-Length: 1000", 0, 300)
	const (
		stalled  = stallTimeout
		withETag = "200 OK\r\nETag: \"1\""
	)
	tests := map[string]struct {
		faults fileFaults
		want   string        // the ranges that are requested
		links  int           // the links that are requested; 0 means 1
		took   time.Duration // without delays of retries
	}{
		"cut":                            {faults: fileFaults{cut(300)}, want: "all 300-"},
		"cut half way, twice":            {faults: fileFaults{rebillytest.CutFileHalfway(), rebillytest.CutFileHalfway()}, want: "all 500- 750-"},
		"cut before the first byte":      {faults: fileFaults{cut(0)}, want: "all all"},
		"cut before the last byte":       {faults: fileFaults{cut(999)}, want: "all 999-"},
		"cut after the last byte":        {faults: fileFaults{together(cut(1000), noLength)}, want: "all"},
		"cut in chunks":                  {faults: fileFaults{together(cut(300), noLength)}, want: "all 300-"},
		"cut, resumed by date":           {faults: fileFaults{together(cut(300), noETag), noETag}, want: "all date:300-"},
		"cut, and cut without a byte":    {faults: fileFaults{cut(300), cut(0)}, want: "all 300- 300-"},
		"error first":                    {faults: fileFaults{status(500), status(408)}, want: "all all all"},
		"errors in between":              {faults: fileFaults{cut(300), status(503), status(429)}, want: "all 300- 300- 300-"},
		"no validator":                   {faults: fileFaults{together(cut(300), rebillytest.NoValidators())}, want: "all all"},
		"no ranges":                      {faults: fileFaults{cut(300), noRanges}, want: "all 300-"},
		"no ranges, cut again":           {faults: fileFaults{cut(300), together(noRanges, cut(400))}, want: "all 300- 400-"},
		"other ETag":                     {faults: fileFaults{cut(300), rebillytest.OtherETag()}, want: "all 300-"},
		"other ETag, cut again":          {faults: fileFaults{cut(300), together(rebillytest.OtherETag(), cut(400)), rebillytest.OtherETag()}, want: "all 300- 400-"},
		"other content at first":         {faults: fileFaults{together(cut(300), rebillytest.CorruptFile(7), rebillytest.OtherETag())}, want: "all 300-"},
		"416":                            {faults: fileFaults{cut(300), status(416)}, want: "all 300- all"},
		"416, and cut":                   {faults: fileFaults{cut(300), status(416), cut(400)}, want: "all 300- all 400-"},
		"weak ETag":                      {faults: fileFaults{weakETag}, want: "all all"},
		"ends with the connection":       {faults: fileFaults{respond(withETag, 0, 1000)}, want: "all"},
		"ends early with the connection": {faults: fileFaults{respond(withETag, 0, 300)}, want: "all 300-"},
		"another range":                  {faults: fileFaults{cut(300), part(200, 1000, "")}, want: "all 300- all"},
		"If-Range ignored":               {faults: fileFaults{cut(300), part(300, 1000, "\r\nETag: \"other\"")}, want: "all 300- all"},
		"smaller range":                  {faults: fileFaults{cut(300), part(300, 400, ""), part(400, 999, "")}, want: "all 300- 400- 999-"},
		"range not requested":            {faults: fileFaults{part(0, 400, "")}, want: "all all"},
		"redirects": {
			faults: fileFaults{redirect(301, ""), redirect(302, ""), redirect(303, ""), cut(300), redirect(307, ""), redirect(308, "")},
			want:   "all all all all 300- 300- 300-",
		},
		"gzip is not requested": {faults: fileFaults{rebillytest.GzipFile()}, want: "all"},

		// Progress resets the number of retries, which is three.
		"always some bytes":   {faults: slices.Repeat(fileFaults{cut(200)}, 4), want: "all 200- 400- 600- 800-"},
		"some bytes at times": {faults: slices.Repeat(fileFaults{cut(300), status(500), status(500)}, 3), want: "all 300- 300- 300- 600- 600- 600- 900- 900- 900-"},

		// A stall is a broken connection.
		"no response":                       {faults: fileFaults{silent}, want: "all all", took: stalled},
		"stalled after the header":          {faults: fileFaults{stall(0)}, want: "all all", took: stalled},
		"stalled in the middle":             {faults: fileFaults{stall(300)}, want: "all 300-", took: stalled},
		"stalled in a chunk":                {faults: fileFaults{together(stall(300), noLength)}, want: "all 300-", took: stalled},
		"stalled after the last byte":       {faults: fileFaults{together(stall(1000), noLength)}, want: "all", took: stalled},
		"stalled before the last byte":      {faults: fileFaults{stall(999)}, want: "all 999-", took: stalled},
		"a delay that the host requests":    {faults: fileFaults{withFileHeader(429, "Retry-After", "300")}, want: "all all", took: 5 * time.Minute},
		"a delay, and a cut before its end": {faults: fileFaults{cut(300), withFileHeader(503, "Retry-After", "60")}, want: "all 300- 300-", took: time.Minute},

		// A refused link is replaced.
		"first link refused":           {faults: fileFaults{withFileHeader(403, "Set-Cookie", "session=1")}, want: "all all", links: 2},
		"refused after an error":       {faults: fileFaults{status(503), refuse}, want: "all all all", links: 2},
		"refused after progress":       {faults: fileFaults{cut(100), refuse}, want: "all 100- 100-", links: 2},
		"refused again after progress": {faults: fileFaults{refuse, cut(100), refuse, cut(100), refuse}, want: "all all 100- 100- 200- 200-", links: 4},
		"status codes of expired links": {
			faults: fileFaults{status(400), cut(100), status(401), cut(100), status(404), cut(100), status(410)},
			want:   "all all 100- 100- 200- 200- 300- 300-", links: 5,
		},

		// Rebilly may still be writing the file when the export is completed.
		"404 for a while":   {faults: fileFaults{status(404), status(404), status(404)}, want: "all all all all", links: 2},
		"404 in the middle": {faults: fileFaults{cut(300), status(404), status(404)}, want: "all 300- 300- 300-", links: 2},
		"empty for a while": {faults: fileFaults{rebillytest.ResizeFile(-1000), rebillytest.ResizeFile(-1000)}, want: "all all all"},
		"short for a while": {faults: fileFaults{rebillytest.ResizeFile(-1), rebillytest.ResizeFile(-1)}, want: "all all all"},
		"short, in chunks":  {faults: fileFaults{together(noLength, rebillytest.ResizeFile(-1))}, want: "all all"},
		"short after a cut": {faults: fileFaults{cut(300), together(noRanges, rebillytest.ResizeFile(-1))}, want: "all 300- all"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDownloaderInMemory(t, maxRetries(3))
				d.write(t, make([]byte, 1000))
				d.api.FailFiles(test.faults...)
				start := time.Now()
				if downloaded, err := d.run(t, t.Context()); err != nil || !downloaded || d.links != max(test.links, 1) {
					t.Errorf("got %t and %v with %d links", downloaded, err, d.links)
				}
				if got := d.ranges(t); got != test.want {
					t.Errorf("the requests were %s, want %s", got, test.want)
				}
				if took := time.Since(start); took < test.took || took > test.took+25*time.Second {
					t.Errorf("took %s, want %s", took, test.took)
				}
			})
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

// failedDownload is a download that fails after at most two retries without progress.
type failedDownload struct {
	faults   fileFaults // the last one stays
	sha1     string     // in the record
	want     string     // the error
	attempts int        // 0 means 1
	requests int        // if there are more than attempts
	links    int        // 0 means 1
}

func mustFail(t *testing.T, tests map[string]failedDownload) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDownloaderInMemory(t, maxRetries(2))
				d.write(t, []byte("previous"))
				d.api.FailFiles(test.faults...)
				if last := len(test.faults) - 1; last >= 0 {
					d.api.FailFilesAlways(test.faults[last])
				}
				if test.sha1 != "" {
					d.File.SHA1 = test.sha1
				}
				_, err := d.run(t, t.Context())
				attempts := max(test.attempts, 1)
				failed, ok := errors.AsType[*DownloadError](err)
				if !ok || failed.Attempts != attempts || d.links != max(test.links, 1) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %+v with %d links, want %s", err, d.links, test.want)
				}
				if sent := len(d.api.FileRequests()); sent != max(test.requests, attempts) {
					t.Errorf("%d requests were sent", sent)
				}
			})
		})
	}
}

func TestDownload_errors(t *testing.T) {
	t.Parallel()
	cut, together, status, refuse := rebillytest.CutFile, rebillytest.Together, rebillytest.FileStatus, rebillytest.RefuseLink()
	noRanges := rebillytest.NoRanges()
	const (
		broken  = "the connection to files.example.com failed: unexpected EOF"
		refused = "files.example.com refused two signed links in a row "
	)
	tests := map[string]failedDownload{
		"404 of a new link":             {faults: fileFaults{status(404)}, attempts: 4, links: 2, want: "files.example.com returned 404 Not Found"},
		"cut, without a validator":      {faults: fileFaults{together(rebillytest.NoValidators(), cut(300))}, attempts: 3, want: broken},
		"cut at one place or another":   {faults: fileFaults{together(noRanges, cut(400)), together(noRanges, cut(300))}, attempts: 3, want: broken},
		"cut, and 416":                  {faults: slices.Repeat(fileFaults{cut(300), status(416)}, 9), attempts: 3, want: broken},
		"cut, and another range's part": {faults: slices.Repeat(fileFaults{cut(300), status(206)}, 9), attempts: 3, want: broken},

		"two links refused":                {faults: fileFaults{refuse}, attempts: 2, links: 2, want: refused + "(403 Forbidden)"},
		"two links refused after progress": {faults: fileFaults{refuse, cut(100), refuse}, attempts: 4, links: 3, want: refused + "(403 Forbidden)"},
		"two links refused with others":    {faults: fileFaults{status(401), status(410)}, attempts: 2, links: 2, want: refused + "(410 Gone)"},
		"error between refusals":           {faults: fileFaults{refuse, status(500), refuse}, attempts: 3, links: 2, want: refused + "(403 Forbidden)"},

		"requested delay is too long": {
			faults: fileFaults{withFileHeader(429, "Retry-After", "3600")},
			want:   "files.example.com returned 429 Too Many Requests; it requests a delay until 2000-01-01T01:00:00Z, and the longest delay allowed is 10m0s",
		},
	}
	for _, code := range []int{204, 300, 301, 302, 304, 402, 405, 501, 505} {
		text := fmt.Sprintf("%d %s", code, http.StatusText(code))
		tests[text] = failedDownload{faults: fileFaults{status(code)}, want: "files.example.com returned " + text}
	}
	mustFail(t, tests)
}

func TestDownload_wrongContent(t *testing.T) {
	t.Parallel()
	const (
		otherSHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
		longer    = "the file is larger than the 1000 bytes that Rebilly's record says"
		ofRecord  = ", and Rebilly's record says "
		endless   = 1 << 50
	)
	api := rebillytest.New()
	api.SetFileSize(1000)
	rightSHA1 := api.FileSHA1(fileID)
	resize, noLength := rebillytest.ResizeFile, rebillytest.NoLength()
	sized := func(size string) string {
		return "the size of the file is " + size + " bytes" + ofRecord + "1000 bytes"
	}
	mustFail(t, map[string]failedDownload{
		"SHA-1 in the record":       {sha1: otherSHA1, want: "the SHA-1 of the file is " + rightSHA1 + ofRecord + otherSHA1},
		"first byte":                {faults: fileFaults{rebillytest.CorruptFile(0)}, want: ofRecord + rightSHA1},
		"last byte":                 {faults: fileFaults{rebillytest.CorruptFile(999)}, want: ofRecord + rightSHA1},
		"one byte less":             {faults: fileFaults{resize(-1)}, want: sized("999"), attempts: 3},
		"nothing":                   {faults: fileFaults{resize(-1000)}, want: sized("0"), attempts: 3},
		"one byte less, chunks":     {faults: fileFaults{rebillytest.Together(noLength, resize(-1))}, want: sized("999"), attempts: 3},
		"one byte more":             {faults: fileFaults{resize(1)}, want: sized("1001")},
		"one byte more, chunks":     {faults: fileFaults{rebillytest.Together(noLength, resize(1))}, want: longer},
		"without an end":            {faults: fileFaults{resize(endless)}, want: sized("1125899906843624")},
		"without an end, in chunks": {faults: fileFaults{rebillytest.Together(noLength, resize(endless))}, want: longer},
	})
}

func TestDownload_redirectErrors(t *testing.T) {
	t.Parallel()
	const (
		secret      = "/?signature=" + rebillytest.SignedLinkSecret
		unencrypted = "files.example.com redirects to a connection that is not encrypted"
		malformed   = `the connection to files.example.com failed: failed to parse Location header "***"`
	)
	to := func(target string) fileFaults { return fileFaults{rebillytest.RedirectFile(http.StatusFound, target)} }
	mustFail(t, map[string]failedDownload{
		"to http":                 {faults: to("http://files.example.com" + secret), want: unencrypted},
		"to http at loopback":     {faults: to("http://127.0.0.1:1" + secret), want: unencrypted},
		"to another scheme":       {faults: to("ftp://files.example.com" + secret), want: unencrypted},
		"to itself, again":        {faults: to(""), want: "files.example.com redirects too often", requests: maxRedirects + 1},
		"malformed":               {faults: to("https://files.example.com/%zz" + secret), want: malformed, attempts: 3},
		"malformed, without host": {faults: to("/%zz" + secret), want: malformed, attempts: 3},
		"malformed, with quotes":  {faults: to(`/%zz"quoted"` + secret), want: malformed, attempts: 3},
		// A firewall must allow the host that the error names.
		"to a host without a certificate": {faults: to("https://localhost:1" + secret), want: "the connection to localhost:1 failed: tls: "},
	})
}

func TestDownload_errorOfLink(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.write(t, []byte("previous"))
	d.api.FailFiles(rebillytest.CutFile(300), rebillytest.RefuseLink())
	cause := errors.New("no link")
	d.Link = func(ctx context.Context) (string, error) {
		if d.links == 1 {
			return "", cause
		}

		return d.link(ctx)
	}
	if _, err := d.run(t, t.Context()); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
