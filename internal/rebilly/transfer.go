package rebilly

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

type transfer struct {
	client   *Client
	download Download
	file     *hashedFile

	link string
	// host is the host of the link, or of the last response if that was
	// redirected. A firewall must allow it. It is safe for errors and logs.
	host string
	// mostWritten is the largest number of bytes written so far.
	mostWritten int64
	// refused is true if the host refused the link in the last request.
	refused bool
	// renewed is true if the link was replaced since mostWritten grew.
	renewed bool
	// validator is the ETag or the date of the content, for If-Range; empty if
	// the host cannot resume it.
	validator string
	attempts  int
}

// stallTimeout is how long a download may receive nothing before its connection counts
// as broken.
const stallTimeout = 30 * time.Second

// errStalled is the cause of a context that ended because of a stall.
var errStalled = errors.New("the connection stalled")

// attempt implements attempter. It replaces a link that the host refuses by a new
// one, once per progress.
func (t *transfer) attempt(ctx context.Context) *failure {
	last := t.receive(ctx)
	if t.refused && !t.renewed {
		t.link, t.renewed = "", true
		last = t.receive(ctx)
	}
	if t.file.written > t.mostWritten {
		t.mostWritten, t.renewed = t.file.written, false
		if last != nil {
			last.progress = true
		}
	}

	return last
}

func (t *transfer) beforeRetry(ctx context.Context, last *failure, delay time.Duration) {
	t.client.config.Logger.LogAttrs(ctx, slog.LevelWarn, "Retrying the download of a file",
		slog.Int64("written", t.file.written), slog.Duration("delay", delay), slog.String("error", last.err.Error()))
	if t.download.Retrying != nil {
		t.download.Retrying(last.err.Error())
	}
}

func (t *transfer) contextError(cause error) error {
	if !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	reason := fmt.Sprintf("received %d of %d bytes within the time allowed", t.file.written, t.download.File.Size)

	return &DownloadError{Reason: reason, cause: cause}
}

func (t *transfer) delayError(last *failure, allowed time.Duration) error {
	return &DownloadError{Reason: last.err.Error() + "; " + describeDelay(last.retryAt, allowed)}
}

func fail(reason string, retry bool) *failure {
	return &failure{err: &DownloadError{Reason: reason}, retry: retry}
}

// receive sends one request, and writes and verifies what it returns.
func (t *transfer) receive(ctx context.Context) *failure {
	if t.link == "" {
		link, err := t.download.Link(ctx)
		if err != nil {
			return &failure{err: err}
		}
		t.link = link
	}
	t.attempts++
	t.refused = false
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer stall.Stop()

	request, err := t.newRequest(ctx)
	if err != nil {
		return fail(err.Error(), false)
	}
	response, err := t.client.files.Do(request)
	if err != nil {
		return t.connectionFailure(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	t.setHost(response.Request.URL)
	t.client.config.Logger.LogAttrs(ctx, slog.LevelDebug, "File request", slog.String("host", t.host),
		slog.Int("attempt", t.attempts), slog.Int64("written", t.file.written), slog.Int("status", response.StatusCode))
	if last := t.acceptResponse(response); last != nil {
		return last
	}

	size := t.download.File.Size
	for err == nil {
		buffer := t.file.buffer()
		var count int
		count, err = t.fill(buffer, response.Body, stall)
		if t.file.written+int64(count) > size {
			return fail(fmt.Sprintf("the file is larger than the %d bytes that Rebilly's record says", size), false)
		}
		if err := t.file.write(buffer[:count]); err != nil {
			return &failure{err: err}
		}
	}
	switch {
	case t.file.written == size:
		return t.verify()
	case !errors.Is(err, io.EOF):
		return t.connectionFailure(ctx, err)
	case isPart(response):
		return fail(fmt.Sprintf("%s sent only %d of %d bytes", t.host, t.file.written, size), true)
	default:
		return t.wrongSize(t.file.written)
	}
}

// fill reads from body until buffer is full, or returns the error that ended body;
// io.ReadFull would replace some. The stall timer runs while it reads only: a slow disk
// is not a stalled connection.
func (t *transfer) fill(buffer []byte, body io.Reader, stall *time.Timer) (filled int, err error) {
	for err == nil && filled < len(buffer) {
		var count int
		stall.Reset(stallTimeout)
		count, err = body.Read(buffer[filled:])
		stall.Stop()
		filled += count
		if t.download.Progress != nil {
			t.download.Progress(t.file.written + int64(filled))
		}
	}

	return filled, err
}

// isPart reports whether more content may follow the body of response. A host may
// return a smaller range than the rest. And the body of HTTP/1.0 ends with its
// connection, for whatever reason that ended.
func isPart(response *http.Response) bool {
	unframed := response.ContentLength < 0 && response.ProtoMajor < 2 && len(response.TransferEncoding) == 0

	return unframed || response.StatusCode == http.StatusPartialContent
}

func (t *transfer) verify() *failure {
	sum := t.file.sha1()
	if sum == t.download.File.SHA1 {
		return nil
	}

	return fail(fmt.Sprintf("the SHA-1 of the file is %s, and Rebilly's record says %s", sum, t.download.File.SHA1), false)
}

// wrongSize returns the failure for content of another size than the record says.
// Rebilly may still be writing a file that is too short. It is requested again from
// its beginning.
func (t *transfer) wrongSize(size int64) *failure {
	t.validator = ""

	return fail(fmt.Sprintf("the size of the file is %d bytes, and Rebilly's record says %d bytes", size, t.download.File.Size),
		size < t.download.File.Size)
}

// acceptResponse prepares the file for the body of response. It sets refused if the
// host refuses the link, which may have expired. Hosts do not agree on a status
// code: Google Cloud Storage returns 400, and Amazon S3 returns 403. A file that is
// not found may appear late.
func (t *transfer) acceptResponse(response *http.Response) *failure {
	status := response.StatusCode
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch status {
	case http.StatusOK:
		if response.ContentLength >= 0 && response.ContentLength != t.download.File.Size {
			return t.wrongSize(response.ContentLength)
		}
		t.validator = validator(response.Header)
		if err := t.file.startOver(); err != nil {
			return &failure{err: err}
		}

		return nil
	case http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
		if status == http.StatusPartialContent && t.resumes(response.Header) {
			return nil
		}
		// The next attempt starts over.
		t.validator = ""

		return fail(fmt.Sprintf("%s could not resume the download (%s)", t.host, text), true)
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusGone:
		t.refused = true

		return fail(fmt.Sprintf("%s refused two signed links in a row (%s)", t.host, text), false)
	default:
		t.refused = status == http.StatusNotFound
		last := fail(t.host+" returned "+text, t.refused || retryableStatus(status))
		last.retryAt = retryAt(response.Header, time.Now())

		return last
	}
}

// resumes reports whether a response with the status code 206 has the bytes that
// follow those in the file. A host that ignores If-Range may return a range of
// other content.
func (t *transfer) resumes(header http.Header) bool {
	current := validator(header)

	return strings.HasPrefix(header.Get("Content-Range"), fmt.Sprintf("bytes %d-", t.file.written)) &&
		(current == "" || current == t.validator)
}

// validator returns the value for If-Range (RFC 9110, section 13.1.5): the ETag
// if it is strong, or the date of the last change if there is no ETag.
func validator(header http.Header) string {
	tag := header.Get("ETag")
	switch {
	case tag == "":
		return header.Get("Last-Modified")
	case strings.HasPrefix(tag, "W/"):
		return ""
	default:
		return tag
	}
}

// setHost makes the host of target the one that errors and logs name.
func (t *transfer) setHost(target *url.URL) {
	t.host = t.client.redactor.clean(target.Host, maxShownExcerpt)
}

// mayDownload reports whether target is encrypted or does not leave this
// machine.
func mayDownload(target *url.URL) bool {
	return target.Host != "" && (target.Scheme == "https" || target.Scheme == "http" && isLoopback(target.Hostname()))
}

func (t *transfer) newRequest(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.link, nil)
	if err != nil || !mayDownload(request.URL) {
		return nil, errors.New("the signed link is not a valid https URL")
	}
	t.setHost(request.URL)
	request.Header.Set("User-Agent", t.client.config.UserAgent)
	// Without this, net/http requests gzip and decompresses it, so that the size
	// and a range would be of other bytes.
	request.Header.Set("Accept-Encoding", "identity")
	if t.file.written > 0 && t.validator != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.file.written))
		request.Header.Set("If-Range", t.validator)
	}

	return request, nil
}

// quoted is text in quotes. The errors of net/http quote what a host sent.
var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

func (t *transfer) connectionFailure(ctx context.Context, err error) *failure {
	if errors.Is(context.Cause(ctx), errStalled) {
		return fail(fmt.Sprintf("%s sent nothing for %s", t.host, stallTimeout), true)
	}
	if refused, ok := errors.AsType[*RedirectError](err); ok {
		return fail(t.host+" "+refused.reason, false)
	}
	retry := retryableError(ctx, err)
	// A *url.Error begins with the link. Others quote it.
	if requestError, ok := errors.AsType[*url.Error](err); ok {
		err = requestError.Err
		if target, err := url.Parse(requestError.URL); err == nil {
			t.setHost(target)
		}
	}

	return fail("the connection to "+t.host+" failed: "+t.client.redactor.clean(quoted.ReplaceAllString(err.Error(), `"`+mask+`"`), maxShownText), retry)
}

// checkFileRedirect is the http.Client.CheckRedirect of downloads. It refuses to
// follow a redirect that is not encrypted, and removes the Referer header, which
// would be the signed link.
func checkFileRedirect(request *http.Request, via []*http.Request) error {
	request.Header.Del("Referer")
	switch {
	case !mayDownload(request.URL), via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https":
		return &RedirectError{reason: "redirects to a connection that is not encrypted"}
	case len(via) > maxRedirects:
		return &RedirectError{reason: "redirects too often"}
	}

	return nil
}
