package rebillytest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileModified is the time of the last change of every file. It is in the past
// in testing/synctest bubbles too, whose clock begins in 2000.
var fileModified = time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC)

// FileFault changes the response of the file host to one request.
type FileFault func(*fileResponse)

// fileResponse is how the file host responds to one request. FileFaults change
// it.
type fileResponse struct {
	handler           http.HandlerFunc // replaces everything else
	etag, modified    bool
	etagSuffix        string
	ranges, length    bool
	compress          bool
	extra             int64 // bytes that the file has more than its record says
	corrupt           int64 // offset of a wrong byte; -1 for none
	stopAfter         int64 // bytes of the body that are sent; -1 for all
	stopHalfway, hang bool
}

// CutFile closes the connection after the given number of bytes of the body.
func CutFile(after int64) FileFault {
	return func(r *fileResponse) { r.stopAfter = after }
}

// CutFileHalfway closes the connection after half of the body.
func CutFileHalfway() FileFault {
	return func(r *fileResponse) { r.stopHalfway = true }
}

// StallFile sends the given number of bytes of the body, and then nothing until
// the client gives up.
func StallFile(after int64) FileFault {
	return func(r *fileResponse) { r.stopAfter, r.hang = after, true }
}

// CorruptFile changes the byte at the given offset of the file.
func CorruptFile(offset int64) FileFault {
	return func(r *fileResponse) { r.corrupt = offset }
}

// ResizeFile makes the file longer by the given number of bytes than its record
// says, or shorter if the number is negative.
func ResizeFile(extra int64) FileFault {
	return func(r *fileResponse) { r.extra = extra }
}

// NoRanges ignores the header Range, and responds with 200 and the whole file.
func NoRanges() FileFault {
	return func(r *fileResponse) { r.ranges = false }
}

// NoETag leaves the header ETag out. The header Last-Modified remains.
func NoETag() FileFault {
	return func(r *fileResponse) { r.etag = false }
}

// NoValidators leaves the headers ETag and Last-Modified out.
func NoValidators() FileFault {
	return func(r *fileResponse) { r.etag, r.modified = false, false }
}

// OtherETag responds with another ETag than usual, as if the file had been
// replaced by one with the same content.
func OtherETag() FileFault {
	return func(r *fileResponse) { r.etagSuffix = "-other" }
}

// NoLength leaves the header Content-Length out, so HTTP/1.1 sends chunks.
func NoLength() FileFault {
	return func(r *fileResponse) { r.length = false }
}

// GzipFile compresses the body if the client accepts that.
func GzipFile() FileFault {
	return func(r *fileResponse) { r.compress = true }
}

// FileStatus responds with the given status code, and a body that names the
// signed link.
func FileStatus(status int) FileFault {
	return HandleFile(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Resource>%s</Resource></Error>", r.URL) //nolint:gosec // The client is a test.
	})
}

// RefuseLink responds with 403, as for a link that has expired.
func RefuseLink() FileFault { return FileStatus(http.StatusForbidden) }

// RedirectFile redirects to target with the given status code. An empty target
// is the URL of the request.
func RedirectFile(status int, target string) FileFault {
	return HandleFile(func(w http.ResponseWriter, r *http.Request) {
		location := target
		if location == "" {
			location = r.URL.String()
		}
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	})
}

// HandleFile responds with handler.
func HandleFile(handler http.HandlerFunc) FileFault {
	return func(r *fileResponse) { r.handler = handler }
}

// Together combines faults into one.
func Together(faults ...FileFault) FileFault {
	return func(r *fileResponse) {
		for _, fault := range faults {
			fault(r)
		}
	}
}

// FailFiles makes the next requests to the file host receive the given faults,
// one request each. After them, the host responds as usual.
func (a *API) FailFiles(faults ...FileFault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.faults = append(a.files.faults, faults...)
}

// FailFilesAlways makes every request to the file host receive fault, after the
// faults of FailFiles.
func (a *API) FailFilesAlways(fault FileFault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.always = fault
}

// FileRequests returns the requests that the file host received so far, in
// order.
func (a *API) FileRequests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Clone(a.files.requests)
}

// ServeFiles serves the file host at 127.0.0.1 over plain HTTP until the test
// ends, and makes signed links lead there. It returns the base URL.
func (a *API) ServeFiles(t TB) string {
	t.Helper()
	server := httptest.NewServer(a.Files())
	t.Cleanup(server.Close)
	a.SetFilesURL(server.URL)

	return server.URL
}

// Files returns the file host, to which the signed links lead. It supports
// ranges, has no use for credentials, and refuses links that the API did not
// return with 403.
func (a *API) Files() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := a.receiveFileRequest(r)
		switch {
		case response.handler != nil:
			response.handler(w, r)
		case !a.signed(r):
			FileStatus(http.StatusForbidden)(&response)
			response.handler(w, r)
		default:
			fileID, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			a.mu.Lock()
			content := a.content(fileID)
			a.mu.Unlock()
			response.serve(w, r, content)
		}
	})
}

// receiveFileRequest records the request and returns how to respond to it.
func (a *API) receiveFileRequest(r *http.Request) fileResponse {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.requests = append(a.files.requests, newRequest(r, ""))
	response := fileResponse{etag: true, modified: true, ranges: true, length: true, corrupt: -1, stopAfter: -1}
	switch {
	case len(a.files.faults) > 0:
		a.files.faults[0](&response)
		a.files.faults = a.files.faults[1:]
	case a.files.always != nil:
		a.files.always(&response)
	}

	return response
}

// serve responds with content.
func (f fileResponse) serve(w http.ResponseWriter, r *http.Request, content fileContent) {
	w.Header().Set("Content-Type", "application/zip")
	if f.etag {
		w.Header().Set("ETag", fmt.Sprintf(`"%016x-%d%s"`, content.seed, content.size, f.etagSuffix))
	}
	if !f.ranges {
		r.Header.Del("Range")
	}
	modified := time.Time{}
	if f.modified {
		modified = fileModified
	}
	body := &bodyWriter{ResponseWriter: w, request: r, fault: f}
	if f.compress && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		compressor := gzip.NewWriter(w)
		defer func() { _ = compressor.Close() }()
		body.compressor = compressor
	}
	http.ServeContent(body, r, "", modified, io.NewSectionReader(corrupted{content, f.corrupt}, 0, content.size+f.extra))
}

// corrupted is content with a wrong byte at offset, unless that is negative.
type corrupted struct {
	fileContent

	offset int64
}

func (c corrupted) ReadAt(data []byte, offset int64) (int, error) {
	count, err := c.fileContent.ReadAt(data, offset)
	if at := c.offset - offset; c.offset >= 0 && at >= 0 && at < int64(count) {
		data[at] ^= 1
	}

	return count, err
}

// bodyWriter writes a body that may end early.
type bodyWriter struct {
	http.ResponseWriter

	request    *http.Request
	fault      fileResponse
	compressor io.Writer
	written    int64
}

func (w *bodyWriter) WriteHeader(status int) {
	if w.fault.stopHalfway {
		length, _ := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
		w.fault.stopAfter = length / 2
	}
	if !w.fault.ranges {
		w.Header().Del("Accept-Ranges")
	}
	if !w.fault.length || w.compressor != nil {
		w.Header().Del("Content-Length")
	}
	w.ResponseWriter.WriteHeader(status)
	if !w.fault.length {
		// net/http would add the length of a short body.
		_ = http.NewResponseController(w.ResponseWriter).Flush()
	}
	w.stop()
}

func (w *bodyWriter) Write(data []byte) (int, error) {
	if w.compressor != nil {
		return w.compressor.Write(data)
	}
	if w.fault.stopAfter >= 0 {
		data = data[:min(int64(len(data)), w.fault.stopAfter-w.written)]
	}
	count, err := w.ResponseWriter.Write(data)
	w.written += int64(count)
	w.stop()

	return count, err
}

// stop ends the response if the fault says so.
func (w *bodyWriter) stop() {
	if w.fault.stopAfter < 0 || w.written < w.fault.stopAfter {
		return
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	if w.fault.hang {
		<-w.request.Context().Done()
	}
	panic(http.ErrAbortHandler)
}
